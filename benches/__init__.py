"""How fast flowgraph is, and how much memory it takes, beside its peers: ``python -m benches``."""

"""Files: TensorFlow's checkpoints, and what they are made of. No graph is needed to read them."""

from flowgraph.contrib.image_nets.chains import overfeat, overfeat_arg_scope

__all__ = [
    "overfeat", "overfeat_arg_scope",
]

from flowgraph.contrib.image_nets.chains import alexnet_v2, alexnet_v2_arg_scope

__all__ = [
    "alexnet_v2", "alexnet_v2_arg_scope",
]

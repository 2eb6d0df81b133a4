from flowgraph.contrib.image_nets.chains import vgg_16, vgg_19, vgg_a, vgg_arg_scope

__all__ = [
    "vgg_16", "vgg_19", "vgg_a", "vgg_arg_scope",
]

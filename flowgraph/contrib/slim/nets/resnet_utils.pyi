from flowgraph.contrib.image_nets.residual import (
    Block, conv2d_same, resnet_arg_scope, stack_blocks_dense, subsample,
)

__all__ = [
    "Block", "conv2d_same", "resnet_arg_scope", "stack_blocks_dense", "subsample",
]

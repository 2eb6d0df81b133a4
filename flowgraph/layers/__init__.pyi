from flowgraph.layers.convolutional import Conv1D, conv1d, Conv2D, conv2d, Conv3D, conv3d
from flowgraph.layers.core import Dense, dense, Dropout, dropout, Flatten, flatten
from flowgraph.layers.input_spec import InputSpec
from flowgraph.layers.layer import Layer
from flowgraph.layers.normalization import batch_normalization, BatchNormalization
from flowgraph.layers.pooling import (
    average_pooling1d, average_pooling2d, average_pooling3d, AveragePooling1D, AveragePooling2D,
    AveragePooling3D, max_pooling1d, max_pooling2d, max_pooling3d, MaxPooling1D, MaxPooling2D,
    MaxPooling3D,
)
from flowgraph.layers.separable import (
    separable_conv1d, separable_conv2d, SeparableConv1D, SeparableConv2D,
)
from flowgraph.layers.transposed import (
    conv2d_transpose, Conv2DTranspose, conv3d_transpose, Conv3DTranspose,
)

__all__ = [
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "BatchNormalization", "Conv1D",
    "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "Dense", "Dropout", "Flatten",
    "InputSpec", "Layer", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "SeparableConv1D",
    "SeparableConv2D", "average_pooling1d", "average_pooling2d", "average_pooling3d",
    "batch_normalization", "conv1d", "conv2d", "conv2d_transpose", "conv3d", "conv3d_transpose",
    "dense", "dropout", "flatten", "max_pooling1d", "max_pooling2d", "max_pooling3d",
    "separable_conv1d", "separable_conv2d",
]

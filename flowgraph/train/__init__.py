"""The `tf.train` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.train.adadelta import AdadeltaOptimizer
from flowgraph.train.adagrad import AdagradOptimizer
from flowgraph.train.adagrad_da import AdagradDAOptimizer
from flowgraph.train.adam import AdamOptimizer
from flowgraph.train.cosine_rates import (
    cosine_decay, cosine_decay_restarts, linear_cosine_decay, noisy_linear_cosine_decay,
)
from flowgraph.train.ftrl import FtrlOptimizer
from flowgraph.train.global_step import (
    assert_global_step, create_global_step, get_global_step, get_or_create_global_step,
    global_step,
)
from flowgraph.train.gradient_descent import GradientDescentOptimizer
from flowgraph.train.learning_rates import (
    exponential_decay, inverse_time_decay, natural_exp_decay, piecewise_constant,
    piecewise_constant as piecewise_constant_decay, polynomial_decay,
)
from flowgraph.train.momentum import MomentumOptimizer
from flowgraph.train.moving_averages import ExponentialMovingAverage
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.proximal import ProximalAdagradOptimizer, ProximalGradientDescentOptimizer
from flowgraph.train.rmsprop import RMSPropOptimizer

__all__ = [
    "AdadeltaOptimizer", "AdagradDAOptimizer", "AdagradOptimizer", "AdamOptimizer",
    "ExponentialMovingAverage", "FtrlOptimizer", "GradientDescentOptimizer",
    "MomentumOptimizer", "Optimizer", "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer", "RMSPropOptimizer", "assert_global_step",
    "cosine_decay", "cosine_decay_restarts", "create_global_step", "exponential_decay",
    "get_global_step", "get_or_create_global_step", "global_step", "inverse_time_decay",
    "linear_cosine_decay", "natural_exp_decay", "noisy_linear_cosine_decay",
    "piecewise_constant", "piecewise_constant_decay", "polynomial_decay",
]

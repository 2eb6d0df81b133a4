"""The `tf.train` namespace."""

# ruff: noqa: I001 - packed: the names are a table to be read at a glance
# fmt: off

from flowgraph.formats.events import summary_iterator
from flowgraph.graphdef.export import write_graph
from flowgraph.protos import (
    BytesList, Example, Feature, FeatureList, FeatureLists, Features, FloatList, Int64List,
    SaverDef, SequenceExample,
)
from flowgraph.train.adadelta import AdadeltaOptimizer
from flowgraph.train.adagrad import AdagradOptimizer
from flowgraph.train.adagrad_da import AdagradDAOptimizer
from flowgraph.train.adam import AdamOptimizer
from flowgraph.train.checkpoint_reader import (
    list_variables, load_checkpoint, load_variable, NewCheckpointReader,
)
from flowgraph.train.checkpoint_state import (
    checkpoint_exists, generate_checkpoint_state_proto, get_checkpoint_mtimes,
    get_checkpoint_state, latest_checkpoint, remove_checkpoint, update_checkpoint_state,
)
from flowgraph.train.cosine_rates import (
    cosine_decay, cosine_decay_restarts, linear_cosine_decay, noisy_linear_cosine_decay,
)
from flowgraph.train.ftrl import FtrlOptimizer
from flowgraph.train.global_step import (
    assert_global_step, create_global_step, get_global_step, get_or_create_global_step,
    global_step,
)
from flowgraph.train.gradient_descent import GradientDescentOptimizer
from flowgraph.train.init_from_checkpoint import init_from_checkpoint
from flowgraph.train.learning_rates import (
    exponential_decay, inverse_time_decay, natural_exp_decay, piecewise_constant,
    piecewise_constant as piecewise_constant_decay, polynomial_decay,
)
from flowgraph.train.meta_graph_export import export_meta_graph
from flowgraph.train.meta_graph_import import import_meta_graph
from flowgraph.train.momentum import MomentumOptimizer
from flowgraph.train.moving_averages import ExponentialMovingAverage
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.proximal import ProximalAdagradOptimizer, ProximalGradientDescentOptimizer
from flowgraph.train.rmsprop import RMSPropOptimizer
from flowgraph.train.saver import Saver

__all__ = [
    "AdadeltaOptimizer", "AdagradDAOptimizer", "AdagradOptimizer", "AdamOptimizer", "BytesList",
    "Example", "ExponentialMovingAverage", "Feature", "FeatureList", "FeatureLists", "Features",
    "FloatList", "FtrlOptimizer", "GradientDescentOptimizer", "Int64List", "MomentumOptimizer",
    "NewCheckpointReader", "Optimizer", "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer", "RMSPropOptimizer", "Saver", "SaverDef",
    "SequenceExample", "assert_global_step", "checkpoint_exists", "cosine_decay",
    "cosine_decay_restarts", "create_global_step", "exponential_decay", "export_meta_graph",
    "generate_checkpoint_state_proto", "get_checkpoint_mtimes", "get_checkpoint_state",
    "get_global_step", "get_or_create_global_step", "global_step", "import_meta_graph",
    "init_from_checkpoint", "inverse_time_decay", "latest_checkpoint", "linear_cosine_decay",
    "list_variables", "load_checkpoint", "load_variable", "natural_exp_decay",
    "noisy_linear_cosine_decay", "piecewise_constant", "piecewise_constant_decay",
    "polynomial_decay", "remove_checkpoint", "summary_iterator", "update_checkpoint_state",
    "write_graph",
]

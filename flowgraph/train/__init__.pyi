from flowgraph.train import queue_runner
from flowgraph.formats.events import summary_iterator
from flowgraph.graphdef.export import write_graph
from flowgraph.protos import (
    BytesList, ClusterDef, Example, Feature, FeatureList, FeatureLists, Features, FloatList,
    Int64List, JobDef, SaverDef, SequenceExample, ServerDef,
)
from flowgraph.train.adadelta import AdadeltaOptimizer
from flowgraph.train.adagrad import AdagradOptimizer
from flowgraph.train.adagrad_da import AdagradDAOptimizer
from flowgraph.train.adam import AdamOptimizer
from flowgraph.train.checkpoint_initialization import init_from_checkpoint
from flowgraph.train.checkpoint_reader import (
    list_variables, load_checkpoint, load_variable, NewCheckpointReader,
)
from flowgraph.train.checkpoint_state import (
    checkpoint_exists, generate_checkpoint_state_proto, get_checkpoint_mtimes,
    get_checkpoint_state, latest_checkpoint, remove_checkpoint, update_checkpoint_state,
)
from flowgraph.train.checkpoint_waiting import checkpoints_iterator
from flowgraph.train.cluster import ClusterSpec
from flowgraph.train.coordinator import Coordinator, LooperThread
from flowgraph.train.cosine_rates import (
    cosine_decay, cosine_decay_restarts, linear_cosine_decay, noisy_linear_cosine_decay,
)
from flowgraph.train.device_setter import replica_device_setter
from flowgraph.train.feed_and_final_hooks import FeedFnHook, FinalOpsHook
from flowgraph.train.ftrl import FtrlOptimizer
from flowgraph.train.global_steps import (
    assert_global_step, create_global_step, get_global_step, get_or_create_global_step,
    global_step,
)
from flowgraph.train.gradient_descent import GradientDescentOptimizer
from flowgraph.train.input_batches import batch, batch_join, maybe_batch, maybe_batch_join
from flowgraph.train.input_producers import (
    input_producer, limit_epochs, match_filenames_once, range_input_producer,
    slice_input_producer, string_input_producer,
)
from flowgraph.train.input_shuffling import (
    maybe_shuffle_batch, maybe_shuffle_batch_join, shuffle_batch, shuffle_batch_join,
)
from flowgraph.train.learning_rates import (
    exponential_decay, inverse_time_decay, natural_exp_decay, piecewise_constant,
    piecewise_constant as piecewise_constant_decay, polynomial_decay,
)
from flowgraph.train.logging_hooks import (
    LoggingTensorHook, NanLossDuringTrainingError, NanTensorHook,
)
from flowgraph.train.meta_graph_export import export_meta_graph
from flowgraph.train.meta_graph_import import import_meta_graph
from flowgraph.train.momentum import MomentumOptimizer
from flowgraph.train.monitored_session import MonitoredSession, SingularMonitoredSession
from flowgraph.train.monitored_training_session import MonitoredTrainingSession
from flowgraph.train.moving_averages import ExponentialMovingAverage
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.profiler_hook import ProfilerHook
from flowgraph.train.proximal import ProximalAdagradOptimizer, ProximalGradientDescentOptimizer
from flowgraph.train.queue_runners import add_queue_runner, QueueRunner, start_queue_runners
from flowgraph.train.rmsprop import RMSPropOptimizer
from flowgraph.train.saver import Saver
from flowgraph.train.saving_hooks import (
    CheckpointSaverHook, CheckpointSaverListener, SummarySaverHook,
)
from flowgraph.train.scaffold import Scaffold
from flowgraph.train.server import Server
from flowgraph.train.session_creators import (
    ChiefSessionCreator, SessionCreator, WorkerSessionCreator,
)
from flowgraph.train.session_manager import SessionManager
from flowgraph.train.session_run_hook import (
    SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues,
)
from flowgraph.train.step_hooks import GlobalStepWaiterHook, StepCounterHook, StopAtStepHook
from flowgraph.train.step_timer import SecondOrStepTimer
from flowgraph.train.supervisor import Supervisor
from flowgraph.train.sync_replicas import SyncReplicasOptimizer
from flowgraph.train.training_loop import basic_train_loop

__all__ = [
    "AdadeltaOptimizer", "AdagradDAOptimizer", "AdagradOptimizer", "AdamOptimizer", "BytesList",
    "CheckpointSaverHook", "CheckpointSaverListener", "ChiefSessionCreator", "ClusterDef",
    "ClusterSpec", "Coordinator", "Example", "ExponentialMovingAverage", "Feature",
    "FeatureList", "FeatureLists", "Features", "FeedFnHook", "FinalOpsHook", "FloatList",
    "FtrlOptimizer", "GlobalStepWaiterHook", "GradientDescentOptimizer", "Int64List", "JobDef",
    "LoggingTensorHook", "LooperThread", "MomentumOptimizer", "MonitoredSession",
    "MonitoredTrainingSession", "NanLossDuringTrainingError", "NanTensorHook",
    "NewCheckpointReader", "Optimizer", "ProfilerHook", "ProximalAdagradOptimizer",
    "ProximalGradientDescentOptimizer", "QueueRunner", "RMSPropOptimizer", "Saver", "SaverDef",
    "Scaffold", "SecondOrStepTimer", "SequenceExample", "Server", "ServerDef", "SessionCreator",
    "SessionManager", "SessionRunArgs", "SessionRunContext", "SessionRunHook",
    "SessionRunValues", "SingularMonitoredSession", "StepCounterHook", "StopAtStepHook",
    "SummarySaverHook", "Supervisor", "SyncReplicasOptimizer", "WorkerSessionCreator",
    "add_queue_runner", "assert_global_step", "basic_train_loop", "batch", "batch_join",
    "checkpoint_exists", "checkpoints_iterator", "cosine_decay", "cosine_decay_restarts",
    "create_global_step", "exponential_decay", "export_meta_graph",
    "generate_checkpoint_state_proto", "get_checkpoint_mtimes", "get_checkpoint_state",
    "get_global_step", "get_or_create_global_step", "global_step", "import_meta_graph",
    "init_from_checkpoint", "input_producer", "inverse_time_decay", "latest_checkpoint",
    "limit_epochs", "linear_cosine_decay", "list_variables", "load_checkpoint", "load_variable",
    "match_filenames_once", "maybe_batch", "maybe_batch_join", "maybe_shuffle_batch",
    "maybe_shuffle_batch_join", "natural_exp_decay", "noisy_linear_cosine_decay",
    "piecewise_constant", "piecewise_constant_decay", "polynomial_decay", "queue_runner",
    "range_input_producer", "remove_checkpoint", "replica_device_setter", "shuffle_batch",
    "shuffle_batch_join", "slice_input_producer", "start_queue_runners",
    "string_input_producer", "summary_iterator", "update_checkpoint_state", "write_graph",
]

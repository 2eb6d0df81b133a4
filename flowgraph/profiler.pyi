from flowgraph.inspect.op_log import write_op_log
from flowgraph.inspect.profile_options import ProfileOptionBuilder
from flowgraph.inspect.profiler import advise, profile, Profiler
from flowgraph.protos import AdviceProto, GraphNodeProto, MultiGraphNodeProto, OpLogProto

__all__ = [
    "AdviceProto", "GraphNodeProto", "MultiGraphNodeProto", "OpLogProto",
    "ProfileOptionBuilder", "Profiler", "advise", "profile", "write_op_log",
]

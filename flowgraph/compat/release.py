"""The release of TensorFlow whose programming model this is, for programs that ask."""

VERSION = __version__ = "1.15.5"
GIT_VERSION = __git_version__ = "flowgraph"
COMPILER_VERSION = __compiler_version__ = "none"
GRAPH_DEF_VERSION = 134
GRAPH_DEF_VERSION_MIN_CONSUMER = 0
GRAPH_DEF_VERSION_MIN_PRODUCER = 0

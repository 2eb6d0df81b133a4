from flowgraph.lookup.collections import tables_initializer
from flowgraph.variables.collections import (
    global_variables_initializer as global_variables, local_variables_initializer as
    local_variables, variables_initializer as variables,
)
from flowgraph.variables.initializers import (
    Constant as constant, GlorotNormal as glorot_normal, GlorotUniform as glorot_uniform,
    he_normal, he_uniform, lecun_normal, lecun_uniform, Ones as ones, RandomNormal as
    random_normal, RandomUniform as random_uniform, TruncatedNormal as truncated_normal,
    UniformUnitScaling as uniform_unit_scaling, VarianceScaling as variance_scaling, Zeros as
    zeros,
)
from flowgraph.variables.matrix_initializers import Identity as identity, Orthogonal as orthogonal

__all__ = [
    "constant", "global_variables", "glorot_normal", "glorot_uniform", "he_normal",
    "he_uniform", "identity", "lecun_normal", "lecun_uniform", "local_variables", "ones",
    "orthogonal", "random_normal", "random_uniform", "tables_initializer", "truncated_normal",
    "uniform_unit_scaling", "variables", "variance_scaling", "zeros",
]

from flowgraph.contrib.adam_variants import AdaMaxOptimizer, LazyAdamOptimizer, NadamOptimizer
from flowgraph.contrib.averaged_optimizer import MovingAverageOptimizer
from flowgraph.contrib.external_optimizer import ExternalOptimizerInterface, ScipyOptimizerInterface
from flowgraph.contrib.weight_decay import (
    AdamWOptimizer, DecoupledWeightDecayExtension, extend_with_decoupled_weight_decay,
    MomentumWOptimizer,
)

__all__ = [
    "AdaMaxOptimizer", "AdamWOptimizer", "DecoupledWeightDecayExtension",
    "ExternalOptimizerInterface", "LazyAdamOptimizer", "MomentumWOptimizer",
    "MovingAverageOptimizer", "NadamOptimizer", "ScipyOptimizerInterface",
    "extend_with_decoupled_weight_decay",
]

from flowgraph.graph.scope import set_random_seed
from flowgraph.ops.candidate_sampling import (
    all_candidate_sampler, fixed_unigram_candidate_sampler, learned_unigram_candidate_sampler,
    log_uniform_candidate_sampler, uniform_candidate_sampler,
)
from flowgraph.ops.random import (
    get_seed, random_normal as normal, random_uniform as uniform, truncated_normal,
)
from flowgraph.ops.random_stateless import stateless_multinomial
from flowgraph.ops.sampling import (
    categorical, multinomial, random_gamma as gamma, random_poisson as poisson, random_shuffle
    as shuffle,
)

__all__ = [
    "all_candidate_sampler", "categorical", "fixed_unigram_candidate_sampler", "gamma",
    "get_seed", "learned_unigram_candidate_sampler", "log_uniform_candidate_sampler",
    "multinomial", "normal", "poisson", "set_random_seed", "shuffle", "stateless_multinomial",
    "truncated_normal", "uniform", "uniform_candidate_sampler",
]

from flowgraph.distributions.bernoulli import Bernoulli
from flowgraph.distributions.beta import Beta
from flowgraph.distributions.categorical import Categorical
from flowgraph.distributions.dirichlet import Dirichlet
from flowgraph.distributions.dirichlet_multinomial import DirichletMultinomial
from flowgraph.distributions.distribution import Distribution
from flowgraph.distributions.gamma import Exponential, Gamma
from flowgraph.distributions.kullback_leibler import kl_divergence, RegisterKL
from flowgraph.distributions.laplace import Laplace
from flowgraph.distributions.multinomial import Multinomial
from flowgraph.distributions.normal import Normal
from flowgraph.distributions.reparameterization import (
    FULLY_REPARAMETERIZED, NOT_REPARAMETERIZED, ReparameterizationType,
)
from flowgraph.distributions.student_t import StudentT
from flowgraph.distributions.uniform import Uniform

__all__ = [
    "Bernoulli", "Beta", "Categorical", "Dirichlet", "DirichletMultinomial", "Distribution",
    "Exponential", "FULLY_REPARAMETERIZED", "Gamma", "Laplace", "Multinomial",
    "NOT_REPARAMETERIZED", "Normal", "RegisterKL", "ReparameterizationType", "StudentT",
    "Uniform", "kl_divergence",
]

from flowgraph.contrib.distributions import bijectors
from flowgraph.distributions.bernoulli import Bernoulli
from flowgraph.distributions.beta import Beta, BetaWithSoftplusConcentration
from flowgraph.distributions.categorical import Categorical
from flowgraph.distributions.dirichlet import Dirichlet
from flowgraph.distributions.dirichlet_multinomial import DirichletMultinomial
from flowgraph.distributions.distribution import Distribution
from flowgraph.distributions.gamma import (
    Exponential, ExponentialWithSoftplusRate, Gamma, GammaWithSoftplusConcentrationRate,
)
from flowgraph.distributions.independent import Independent
from flowgraph.distributions.kullback_leibler import kl_divergence, RegisterKL
from flowgraph.distributions.laplace import Laplace, LaplaceWithSoftplusScale
from flowgraph.distributions.linear_normal import (
    MultivariateNormalDiagPlusLowRank, MultivariateNormalFullCovariance, MultivariateNormalTriL,
)
from flowgraph.distributions.mixture import Mixture, MixtureSameFamily
from flowgraph.distributions.multinomial import Multinomial
from flowgraph.distributions.multivariate_normal import (
    MultivariateNormalDiag, MultivariateNormalDiagWithSoftplusScale,
)
from flowgraph.distributions.normal import Normal, NormalWithSoftplusScale
from flowgraph.distributions.reparameterization import (
    FULLY_REPARAMETERIZED, NOT_REPARAMETERIZED, ReparameterizationType,
)
from flowgraph.distributions.student_t import StudentT, StudentTWithAbsDfSoftplusScale
from flowgraph.distributions.transformed import TransformedDistribution
from flowgraph.distributions.uniform import Uniform

__all__ = [
    "Bernoulli", "Beta", "BetaWithSoftplusConcentration", "Categorical", "Dirichlet",
    "DirichletMultinomial", "Distribution", "Exponential", "ExponentialWithSoftplusRate",
    "FULLY_REPARAMETERIZED", "Gamma", "GammaWithSoftplusConcentrationRate", "Independent",
    "Laplace", "LaplaceWithSoftplusScale", "Mixture", "MixtureSameFamily", "Multinomial",
    "MultivariateNormalDiag", "MultivariateNormalDiagPlusLowRank",
    "MultivariateNormalDiagWithSoftplusScale", "MultivariateNormalFullCovariance",
    "MultivariateNormalTriL", "NOT_REPARAMETERIZED", "Normal", "NormalWithSoftplusScale",
    "RegisterKL", "ReparameterizationType", "StudentT", "StudentTWithAbsDfSoftplusScale",
    "TransformedDistribution", "Uniform", "bijectors", "kl_divergence",
]

from flowgraph.distributions.bijectors.affine import AffineLinearOperator, Permute
from flowgraph.distributions.bijectors.affine_scale import Affine
from flowgraph.distributions.bijectors.bijector import Bijector
from flowgraph.distributions.bijectors.composed import Chain, Inline, Invert
from flowgraph.distributions.bijectors.elementwise import (
    AffineScalar, Exp, Identity, PowerTransform, Sigmoid, Softplus, Softsign, Square,
)
from flowgraph.distributions.bijectors.real_nvp import real_nvp_default_template, RealNVP

__all__ = [
    "Affine", "AffineLinearOperator", "AffineScalar", "Bijector", "Chain", "Exp", "Identity",
    "Inline", "Invert", "Permute", "PowerTransform", "RealNVP", "Sigmoid", "Softplus",
    "Softsign", "Square", "real_nvp_default_template",
]

from flowgraph.contrib.image_transforms import (
    angles_to_projective_transforms, compose_transforms, rotate, transform, translate,
    translations_to_projective_transforms,
)
from flowgraph.ops.image_projection import flat_transforms_to_matrices, matrices_to_flat_transforms

__all__ = [
    "angles_to_projective_transforms", "compose_transforms", "flat_transforms_to_matrices",
    "matrices_to_flat_transforms", "rotate", "transform", "translate",
    "translations_to_projective_transforms",
]

from flowgraph.contrib.metric_losses import (
    contrastive_loss, lifted_struct_loss, npairs_loss, npairs_loss_multilabel,
    triplet_semihard_loss,
)

__all__ = [
    "contrastive_loss", "lifted_struct_loss", "npairs_loss", "npairs_loss_multilabel",
    "triplet_semihard_loss",
]

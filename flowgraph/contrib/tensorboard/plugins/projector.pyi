from flowgraph.contrib.embedding_projector import visualize_embeddings
from flowgraph.protos import EmbeddingInfo, ProjectorConfig, SpriteMetadata

__all__ = [
    "EmbeddingInfo", "ProjectorConfig", "SpriteMetadata", "visualize_embeddings",
]

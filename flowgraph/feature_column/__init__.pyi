from flowgraph.feature_column.categorical import (
    categorical_column_with_hash_bucket, categorical_column_with_identity,
)
from flowgraph.feature_column.crossed import crossed_column
from flowgraph.feature_column.dense import bucketized_column, numeric_column
from flowgraph.feature_column.embedding import (
    embedding_column, indicator_column, shared_embedding_columns,
)
from flowgraph.feature_column.inputs import input_layer, make_parse_example_spec
from flowgraph.feature_column.linear import linear_model
from flowgraph.feature_column.vocabulary import (
    categorical_column_with_vocabulary_file, categorical_column_with_vocabulary_list,
)
from flowgraph.feature_column.weighted import weighted_categorical_column

__all__ = [
    "bucketized_column", "categorical_column_with_hash_bucket",
    "categorical_column_with_identity", "categorical_column_with_vocabulary_file",
    "categorical_column_with_vocabulary_list", "crossed_column", "embedding_column",
    "indicator_column", "input_layer", "linear_model", "make_parse_example_spec",
    "numeric_column", "shared_embedding_columns", "weighted_categorical_column",
]

from flowgraph.metrics.aggregation import accuracy, aggregate_metric_map, aggregate_metrics, count
from flowgraph.metrics.correlation import streaming_covariance, streaming_pearson_correlation
from flowgraph.metrics.rates import (
    f1_score, streaming_false_negative_rate, streaming_false_negative_rate_at_thresholds,
    streaming_false_negatives_at_thresholds, streaming_false_positive_rate,
    streaming_false_positive_rate_at_thresholds, streaming_false_positives_at_thresholds,
    streaming_true_negatives_at_thresholds, streaming_true_positives_at_thresholds,
)
from flowgraph.metrics.streaming import (
    sparse_recall_at_top_k, streaming_accuracy, streaming_auc, streaming_false_negatives,
    streaming_false_positives, streaming_mean, streaming_mean_absolute_error,
    streaming_mean_cosine_distance, streaming_mean_iou, streaming_mean_relative_error,
    streaming_mean_squared_error, streaming_mean_tensor, streaming_percentage_less,
    streaming_precision, streaming_precision_at_thresholds, streaming_recall,
    streaming_recall_at_k, streaming_recall_at_thresholds, streaming_root_mean_squared_error,
    streaming_sensitivity_at_specificity, streaming_sparse_average_precision_at_k,
    streaming_sparse_average_precision_at_top_k, streaming_sparse_precision_at_k,
    streaming_sparse_precision_at_top_k, streaming_sparse_recall_at_k,
    streaming_specificity_at_sensitivity, streaming_true_negatives, streaming_true_positives,
)
from flowgraph.metrics.tradeoffs import cohen_kappa, precision_at_recall, recall_at_precision
from flowgraph.ops.confusion import confusion_matrix
from flowgraph.ops.sets import set_difference, set_intersection, set_size, set_union

__all__ = [
    "accuracy", "aggregate_metric_map", "aggregate_metrics", "cohen_kappa", "confusion_matrix",
    "count", "f1_score", "precision_at_recall", "recall_at_precision", "set_difference",
    "set_intersection", "set_size", "set_union", "sparse_recall_at_top_k", "streaming_accuracy",
    "streaming_auc", "streaming_covariance", "streaming_false_negative_rate",
    "streaming_false_negative_rate_at_thresholds", "streaming_false_negatives",
    "streaming_false_negatives_at_thresholds", "streaming_false_positive_rate",
    "streaming_false_positive_rate_at_thresholds", "streaming_false_positives",
    "streaming_false_positives_at_thresholds", "streaming_mean",
    "streaming_mean_absolute_error", "streaming_mean_cosine_distance", "streaming_mean_iou",
    "streaming_mean_relative_error", "streaming_mean_squared_error", "streaming_mean_tensor",
    "streaming_pearson_correlation", "streaming_percentage_less", "streaming_precision",
    "streaming_precision_at_thresholds", "streaming_recall", "streaming_recall_at_k",
    "streaming_recall_at_thresholds", "streaming_root_mean_squared_error",
    "streaming_sensitivity_at_specificity", "streaming_sparse_average_precision_at_k",
    "streaming_sparse_average_precision_at_top_k", "streaming_sparse_precision_at_k",
    "streaming_sparse_precision_at_top_k", "streaming_sparse_recall_at_k",
    "streaming_specificity_at_sensitivity", "streaming_true_negatives",
    "streaming_true_negatives_at_thresholds", "streaming_true_positives",
    "streaming_true_positives_at_thresholds",
]

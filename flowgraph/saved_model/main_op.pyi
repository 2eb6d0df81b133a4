from flowgraph.saved_model.main_operation import main_op, main_op_with_restore

__all__ = [
    "main_op", "main_op_with_restore",
]

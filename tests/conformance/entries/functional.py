"""The ops that hold graphs are tested as control flow, over whole programs."""

from flowgraph.ops import element_ops, optional, tensor_list
from flowgraph.ops.functional import If, While
from flowgraph.ops.history import (
    AddHistoryCotangents,
    HistoryCotangent,
    HistoryCotangentItem,
    HistoryItem,
    NoHistoryCotangents,
)

ENTRIES: list = []

ELSEWHERE = {
    If: "tests/unit/ops/test_cond.py",
    While: "tests/unit/ops/test_while_loop.py",
    HistoryItem: "tests/unit/ops/test_control_flow_gradients.py",
    AddHistoryCotangents: "tests/unit/ops/test_control_flow_gradients.py",
    HistoryCotangent: "tests/unit/ops/test_control_flow_gradients.py",
    HistoryCotangentItem: "tests/unit/ops/test_control_flow_gradients.py",
    **dict.fromkeys(
        (
            tensor_list.EmptyTensorList,
            tensor_list.TensorListElementShape,
            tensor_list.TensorListFromTensor,
            tensor_list.TensorListGetItem,
            tensor_list.TensorListLength,
            tensor_list.TensorListPopBack,
            tensor_list.TensorListPushBack,
            tensor_list.TensorListReserve,
            tensor_list.TensorListResize,
            tensor_list.TensorListSetItem,
            tensor_list.TensorListStack,
        ),
        "tests/unit/ops/test_tensor_list.py",
    ),
    **dict.fromkeys(
        (
            optional.OptionalFromValue,
            optional.OptionalGetValue,
            optional.OptionalHasValue,
            optional.OptionalNone,
        ),
        "tests/unit/ops/test_tensor_list.py",
    ),
    NoHistoryCotangents: "tests/unit/ops/test_control_flow_gradients.py",
    element_ops.TensorArrayV3: "tests/unit/ops/test_tensor_array.py",
    element_ops.TensorArrayGradV3: "tests/unit/ops/test_tensor_array.py",
    element_ops.TensorArrayWriteV3: "tests/unit/ops/test_tensor_array.py",
    element_ops.TensorArrayReadV3: "tests/unit/ops/test_tensor_array.py",
    element_ops.TensorArrayGatherV3: "tests/unit/ops/test_tensor_array.py",
    element_ops.TensorArrayScatterV3: "tests/unit/ops/test_tensor_array.py",
    element_ops.TensorArrayConcatV3: "tests/unit/ops/test_tensor_array.py",
    element_ops.TensorArraySplitV3: "tests/unit/ops/test_tensor_array.py",
    element_ops.TensorArraySizeV3: "tests/unit/ops/test_tensor_array.py",
    element_ops.TensorArrayCloseV3: "tests/unit/ops/test_tensor_array.py",
}

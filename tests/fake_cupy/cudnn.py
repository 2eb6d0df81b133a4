"""What stands in for NVIDIA's package ``cudnn``: it notes what it is asked, and can compute it."""

import ctypes
from types import SimpleNamespace

import ml_dtypes
import numpy as np

TIMES = (None, 4, 2, None, 3)
"""How long a graph's algorithms take; some it does not have."""


class Unsupported(Exception):
    """What cuDNN has no engine for."""


class Tensor:
    """An array as cuDNN is told of it."""

    def __init__(self, **given):
        self.given = given

    def _set(self, name, value):
        self.given[name] = value
        return self

    def set_output(self, value):
        return self._set("is_output", value)

    def set_data_type(self, value):
        return self._set("data_type", value)

    def set_dim(self, value):
        return self._set("dim", value)

    def set_stride(self, value):
        return self._set("stride", value)


class Graph:
    """One convolution."""

    def __init__(self, module, **given):
        self.module, self.given, self.steps = module, given, []
        module.graphs.append(self)

    def tensor(self, **given):
        return Tensor(**given)

    def convolve(self, kind, **given):
        self.kind, self.asked, self.result = kind, given, Tensor()
        return self.result

    def conv_fprop(self, image, weight, pre_padding, post_padding, stride, dilation):
        rule = (pre_padding, post_padding, stride, dilation)
        return self.convolve("fprop", inputs=(image, weight), rule=rule)

    def conv_dgrad(self, loss, filter, pre_padding, post_padding, stride, dilation):
        rule = (pre_padding, post_padding, stride, dilation)
        return self.convolve("dgrad", inputs=(loss, filter), rule=rule)

    def conv_wgrad(self, image, loss, pre_padding, post_padding, stride, dilation):
        rule = (pre_padding, post_padding, stride, dilation)
        return self.convolve("wgrad", inputs=(image, loss), rule=rule)

    def validate(self):
        self.steps.append("validate")

    def build_operation_graph(self):
        self.steps.append("build")

    def create_execution_plans(self, modes):
        self.steps.append(tuple(modes))

    def deselect_numeric_notes(self, notes):
        self.steps.append(("without", *notes))

    def check_support(self):
        if self.module.refuses:
            raise Unsupported
        self.steps.append("check")

    def get_execution_plan_count(self):
        return len(TIMES)

    def build_plan_at_index(self, index):
        self.steps.append(("plan", index))
        if TIMES[index] is None:
            raise Unsupported

    def get_workspace_size_plan_at_index(self, index):
        return 640

    def execute_plan_at_index(self, addresses, workspace, index, handle):
        self.index = index
        self.ran = ({id(tensor): at for tensor, at in addresses.items()}, workspace, handle)
        fake = self.module.on
        if fake is not None:
            assert workspace
            fake.clock += TIMES[index]
            if fake._is_capturing():
                for address in (*addresses.values(), workspace):
                    fake.capturing.graph.uses(address)
            else:
                fake.counts["convolutions"] += 1
            fake._do(lambda: self._compute(addresses, workspace))

    def _compute(self, addresses, workspace):
        """Convolve, and use the workspace for something else."""
        first, second = (_at(addresses[tensor], tensor) for tensor in self.asked["inputs"])
        out = _at(addresses[self.result], self.result)
        if self.kind == "fprop":
            out[...] = self._forward(first, second, out)
        elif self.kind == "dgrad":
            out[...] = self._to_image(first, second, out)
        else:
            out[...] = self._to_filter(first, second, out)
        ctypes.memset(workspace, 0x7B, 640)

    def _taps(self, image, filter, y):
        """Yield each position in a filter, and the part of a bordered image that it meets."""
        before, after, stride, dilation = self.asked["rule"]
        border = ((0, 0), (0, 0), *zip(before, after, strict=True))
        whole = np.pad(image, border)
        for at in np.ndindex(*filter.shape[2:]):
            starts = [n * step for n, step in zip(at, dilation, strict=True)]
            counts = zip(starts, stride, y.shape[2:], strict=True)
            part = tuple(slice(k, k + step * (n - 1) + 1, step) for k, step, n in counts)
            yield at, whole, (..., *part)

    def _forward(self, image, filter, y):
        total = np.zeros(y.shape, _wide(y))
        for at, whole, part in self._taps(image, filter, y):
            total += np.einsum("nc...,oc->no...", whole[part], filter[:, :, *at])
        return total

    def _to_image(self, dy, filter, image):
        before = self.asked["rule"][0]
        total = None
        for at, whole, part in self._taps(np.zeros(image.shape, _wide(dy)), filter, dy):
            total = whole if total is None else total
            total[part] += np.einsum("no...,oc->nc...", dy, filter[:, :, *at])
        inside = [slice(at, at + n) for at, n in zip(before, image.shape[2:], strict=True)]
        return total[..., *inside]

    def _to_filter(self, image, dy, filter):
        total = np.zeros(filter.shape, _wide(dy))
        for at, whole, part in self._taps(image, filter, dy):
            total[:, :, *at] = np.einsum(
                "ncp,nop->oc", *[_flat(each) for each in (whole[part], dy)]
            )
        return total


_DTYPES = {"float": "f4", "double": "f8", "half": "f2", "bf16": ml_dtypes.bfloat16}


def _flat(array):
    return array.reshape(*array.shape[:2], -1)


def _wide(array):
    return np.float64 if array.dtype == np.float64 else np.float32


def _at(address, tensor):
    """Return the array at an address."""
    dtype = np.dtype(_DTYPES[tensor.given["data_type"]])
    dim, stride = tensor.given["dim"], tensor.given["stride"]
    memory = (ctypes.c_uint8 * (int(np.prod(dim)) * dtype.itemsize)).from_address(address)
    strides = [n * dtype.itemsize for n in stride]
    return np.lib.stride_tricks.as_strided(np.frombuffer(memory, dtype), dim, strides)


def package(refuses=False, on=None):
    """Return the package. Where `on` is a stand-in for CuPy, its plans compute."""
    made = SimpleNamespace(
        graphs=[], streams=[], refuses=refuses, on=on, create_handle=lambda: 11,
        cudnnGraphNotSupportedError=Unsupported,
        data_type=SimpleNamespace(FLOAT="float", DOUBLE="double", HALF="half", BFLOAT16="bf16"),
        heur_mode=SimpleNamespace(A="a", FALLBACK="fallback"),
        numerical_note=SimpleNamespace(
            TENSOR_CORE="tensor core", DOWN_CONVERT_INPUTS="down", NONDETERMINISTIC="any order"
        ),
    )  # fmt: skip
    made.pygraph = lambda **given: Graph(made, **given)
    made.set_stream = lambda handle, stream: made.streams.append((handle, stream))
    return made

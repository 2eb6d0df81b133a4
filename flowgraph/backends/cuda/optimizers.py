"""The optimizers' updates, of whole variables and of some of their rows.

Each is a list of formulas of the variable, its slots, the gradient and the scalars, by name. The
scalars lie on the device: they may be results of the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flowgraph.backends.cuda.groups import formulas
from flowgraph.backends.cuda.launch import FLOATS, Launch, Operand, Target
from flowgraph.backends.cuda.rows import update_rows

_Formulas = dict[str, str]
"""New values by name, in order; ``new_x`` is the next value of ``x``."""


def _descent(op: Any) -> _Formulas:
    return {"new_var": "{var} - {alpha} * {delta}"}


def _momentum(op: Any) -> _Formulas:
    ahead = "({new_accum} * {momentum} + {grad})" if op.use_nesterov else "{new_accum}"
    return {
        "new_accum": "{accum} * {momentum} + {grad}",
        "new_var": f"{{var}} - {{lr}} * {ahead}",
    }


def _adagrad(op: Any) -> _Formulas:
    more = " + {grad} * {grad}" if getattr(op, "update_slots", True) else ""
    return {
        "new_accum": f"{{accum}}{more}",
        "new_var": "{var} - {lr} * {grad} / sqrt({new_accum})",
    }


def _adadelta(op: Any) -> _Formulas:
    return {
        "new_accum": "{accum} * {rho} + {grad} * {grad} * (1 - {rho})",
        "change": "sqrt({accum_update} + {epsilon}) / sqrt({new_accum} + {epsilon}) * {grad}",
        "new_accum_update": "{accum_update} * {rho} + {change} * {change} * (1 - {rho})",
        "new_var": "{var} - {lr} * {change}",
    }


def _adam(op: Any) -> _Formulas:
    ahead = "({new_m} * {beta1} + {grad} * (1 - {beta1}))" if op.use_nesterov else "{new_m}"
    return {
        "rate": "{lr} * sqrt(1 - {beta2_power}) / (1 - {beta1_power})",
        "new_m": "{m} + ({grad} - {m}) * (1 - {beta1})",
        "new_v": "{v} + ({grad} * {grad} - {v}) * (1 - {beta2})",
        "new_var": f"{{var}} - {{rate}} * {ahead} / (sqrt({{new_v}}) + {{epsilon}})",
    }


def _rmsprop(op: Any) -> _Formulas:
    return {
        "new_ms": "{ms} + ({grad} * {grad} - {ms}) * (1 - {rho})",
        "new_mom": "{mom} * {momentum} + {lr} * {grad} / sqrt({new_ms} + {epsilon})",
        "new_var": "{var} - {new_mom}",
    }


def _centered_rmsprop(op: Any) -> _Formulas:
    return {
        "new_ms": "{ms} + ({grad} * {grad} - {ms}) * (1 - {rho})",
        "new_mg": "{mg} + ({grad} - {mg}) * (1 - {rho})",
        "spread": "{new_ms} - {new_mg} * {new_mg} + {epsilon}",
        "new_mom": "{mom} * {momentum} + {lr} * {grad} / sqrt({spread})",
        "new_var": "{var} - {new_mom}",
    }


def _ftrl(op: Any) -> _Formulas:
    shrunk = " + 2 * {l2_shrinkage} * {var}" if op.type.endswith("V2") else ""
    return {
        "before": "pow({accum}, -{lr_power})",
        "new_accum": "{accum} + {grad} * {grad}",
        "after": "pow({new_accum}, -{lr_power})",
        "new_linear": (
            f"{{linear}} + {{grad}}{shrunk} - ({{after}} - {{before}}) / {{lr}} * {{var}}"
        ),
        "target": "({new_linear} > 0 ? {l1} : {new_linear} < 0 ? -{l1} : 0) - {new_linear}",
        "new_var": "fabs({new_linear}) > {l1} ? {target} / ({after} / {lr} + 2 * {l2}) : 0",
    }


def _proximal(rate: str, grad: str) -> _Formulas:
    return {
        "moved": f"{{var}} - {rate} * {grad}",
        "size": f"fabs({{moved}}) - {rate} * {{l1}}",
        "shrunk": "{moved} > 0 ? {size} : -{size}",
        "new_var": f"({{size}} > 0 ? {{shrunk}} : 0) / (1 + {{l2}} * {rate})",
    }


def _proximal_descent(op: Any) -> _Formulas:
    return _proximal("{alpha}", "{" + op.gradient_name + "}")


def _proximal_adagrad(op: Any) -> _Formulas:
    return {
        "new_accum": "{accum} + {grad} * {grad}",
        "rate": "{lr} / sqrt({new_accum})",
        **_proximal("{rate}", "{grad}"),
    }


_RULES: dict[str, Callable[[Any], _Formulas]] = {
    "GradientDescent": _descent,
    "Momentum": _momentum,
    "Adagrad": _adagrad,
    "Adadelta": _adadelta,
    "Adam": _adam,
    "RMSProp": _rmsprop,
    "CenteredRMSProp": _centered_rmsprop,
    "Ftrl": _ftrl,
    "FtrlV2": _ftrl,
    "ProximalGradientDescent": _proximal_descent,
    "ProximalAdagrad": _proximal_adagrad,
}


def _numbered(op: Any, names: Sequence[str], arrays: Sequence[str]) -> list[str]:
    """Return the formulas with numbers for names; the new arrays come last, in order."""
    rule = _RULES[op.type.removeprefix("Sparse").removeprefix("Apply")](op)
    made = {**rule, **{f"{name}'": f"{{new_{name}}}" for name in arrays}}
    numbers = {name: f"{{{i}}}" for i, name in enumerate([*names, *made])}
    return [f"({text.format(**numbers)})" for text in made.values()]


def dense(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """A variable and its slots, changed by a gradient."""
    arguments = op.signature.inputs
    arrays = [i for i, argument in enumerate(arguments) if argument.is_ref]
    whole, dtype = inputs[0].shape, inputs[0].dtype
    for argument, operand in zip(arguments, inputs, strict=True):
        is_array = argument.is_ref or argument.name == op.gradient_name
        if operand.dtype != dtype or operand.shape != (whole if is_array else ()):
            return None
    if dtype.name not in FLOATS:
        return None
    names = [argument.name for argument in arguments]
    texts = _numbered(op, names, [names[i] for i in arrays])
    return formulas(texts, inputs, [inputs[i] for i in arrays], whole)


def sparse(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> list[Launch] | None:
    """Rows of a variable and its slots, changed by an optimizer."""
    given = {a.name: o for a, o in zip(op.signature.inputs, inputs, strict=True)}
    indices, grad = given.pop("indices"), given.pop("grad")
    arrays = [a.name for a in op.signature.inputs if a.is_ref]
    var = given["var"]
    scalars = [name for name in given if name not in arrays]
    if var.dtype.name not in FLOATS or not var.shape or len(indices.shape) != 1:
        return None
    if any(given[name].shape != var.shape for name in arrays):
        return None
    if any(given[name].shape or given[name].dtype != var.dtype for name in scalars):
        return None
    names = [*arrays, "grad", *scalars]
    texts = _numbered(op, names, arrays)
    return update_rows(
        texts, [given[name] for name in arrays], indices, grad, [given[name] for name in scalars]
    )


MAKERS = {
    **{f"Apply{name}": dense for name in _RULES},
    **{f"SparseApply{name}": sparse for name in _RULES if name not in ("GradientDescent", "Adam")},
}

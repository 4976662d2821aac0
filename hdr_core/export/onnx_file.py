"""Graphs as ONNX, and the operators that torch's exporter lacks.

The exporter is that of torch for TorchScript: it keeps the loops and the free sizes of
a compiled graph.
"""

import io
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import torch
from torch.onnx import symbolic_helper

from hdr_core.errors import OptionError
from hdr_core.export.capture import quiet
from hdr_core.export.graphs import Graph

# ScatterElements takes a maximum from this opset on.
OPSET = 18
# The end of an axis, for ONNX.
LAST = 2**63 - 1


def require_onnx() -> None:
    """Raise OptionError if the package onnx is missing."""
    if find_spec("onnx") is None:
        raise OptionError(
            "export onnx: needs the package onnx, not found. Install it: "
            'pip install "hdr-core[onnx]".'
        )


def to_onnx(graph: Graph, metadata: Mapping[str, str]) -> bytes:
    """Return a graph as the bytes of an ONNX model.

    Args:
        graph: The graph.
        metadata: Entries that are stored in the model.

    Raises:
        OptionError: The package onnx is missing.
    """
    require_onnx()
    import onnx  # noqa: PLC0415 - an extra

    model = onnx.load_model_from_string(_export(graph))
    model.doc_string = graph.about
    model.producer_name = "hdr_core"
    model.producer_version = metadata["hdr_core_version"]
    onnx.helper.set_model_props(model, dict(metadata))
    return bytes(model.SerializeToString(deterministic=True))


def _export(graph: Graph) -> bytes:
    for name, symbolic in _SYMBOLICS.items():
        register: Any = torch.onnx.register_custom_op_symbolic  # type: ignore[attr-defined]
        register(f"aten::{name}", symbolic, OPSET)
    file: Any = io.BytesIO()
    with quiet(), torch.no_grad():
        torch.onnx.export(
            graph.module,
            tuple(graph.inputs.values()),
            file,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(graph.inputs),
            output_names=[graph.output],
            dynamic_axes={name: dict(axes) for name, axes in graph.dynamic.items()},
        )
    return bytes(file.getvalue())


# The arguments of these functions are torch's graph and its values.
def _copysign(g: Any, size: Any, sign: Any) -> Any:  # noqa: ANN401 - torch's
    return g.op("Mul", g.op("Abs", size), g.op("Sign", sign))


def _exp2(g: Any, power: Any) -> Any:  # noqa: ANN401 - torch's
    two = g.op("CastLike", g.op("Constant", value_t=torch.tensor(2.0)), power)
    result = g.op("Pow", two, power)
    result.setType(power.type())
    return result


def _constant(value: Any, kind: str, name: str) -> Any:  # noqa: ANN401 - torch's
    return symbolic_helper._get_const(value, kind, name)  # type: ignore[no-untyped-call]


def _diff(g: Any, values: Any, order: Any, dim: Any, *_: Any) -> Any:  # noqa: ANN401 - torch's
    axis = _constant(dim, "i", "dim")
    for _step in range(_constant(order, "i", "n")):
        after = _slice(g, values, axis, 1, LAST)
        values = g.op("Sub", after, _slice(g, values, axis, 0, -1))
    return values


def _slice(g: Any, values: Any, axis: int, first: int, end: int) -> Any:  # noqa: ANN401 - torch's
    return symbolic_helper._slice_helper(
        g, values, axes=[axis], starts=[first], ends=[end]
    )


def _index_add(g: Any, sums: Any, dim: Any, index: Any, values: Any, *_: Any) -> Any:  # noqa: ANN401 - torch's
    del dim  # The sums have one axis.
    total = g.op("ScatterElements", sums, index, values, axis_i=0, reduction_s="add")
    total.setType(sums.type())
    return total


def _softmax(g: Any, values: Any, dim: Any, *_: Any) -> Any:  # noqa: ANN401 - torch's
    axis = _constant(dim, "i", "dim")
    return g.op("Softmax", values, axis_i=axis)


_SYMBOLICS = {
    "copysign": _copysign,
    "diff": _diff,
    "exp2": _exp2,
    "index_add": _index_add,
    "softmax": _softmax,
}

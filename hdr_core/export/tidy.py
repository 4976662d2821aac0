"""Tidy a captured graph: only what TorchScript and ONNX have, on any device."""

import operator
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, fx

from hdr_core.highlights.regularize_gain import raise_hollows

aten = torch.ops.aten
# Operators that change nothing in a graph without gradients.
PASS_ON = {"detach", "detach_", "alias", "lift_fresh", "lift_fresh_copy", "contiguous"}
# Functions of numbers whose names operators have too.
OF_NUMBERS = {"round", "ceil"}
# Markers of number formats and gradients, which have no result.
MARKERS = {"_enter_autocast", "_exit_autocast", "_set_grad_enabled"}
# Operators that make a tensor out of numbers.
MAKERS = {"arange", "full", "linspace", "ones", "scalar_tensor", "zeros"}
# Arguments about where a tensor lies. A graph runs where its inputs are.
PLACES = ("device", "pin_memory", "layout", "memory_format", "non_blocking", "copy")


def tidy(graph: fx.Graph, node: fx.Node) -> None:
    """Replace an operator that TorchScript or a host does not have."""
    name = getattr(node.target, "__name__", "").split(".")[0]
    if isinstance(node.target, torch._ops.OpOverload) and name in OF_NUMBERS:
        name = ""
    if name in MARKERS:
        _drop(graph, node)
    elif name in PASS_ON:
        _pass_on(graph, node)
    elif name in _REPLACED:
        _REPLACED[name](graph, node)
    elif isinstance(node.target, torch._ops.OpOverload):
        _use_packet(node)


def _drop(graph: fx.Graph, node: fx.Node) -> None:
    """Remove a marker that has no result, after those that refer to it."""
    for user in list(node.users):
        _drop(graph, user)
    graph.erase_node(node)


def _pass_on(graph: fx.Graph, node: fx.Node) -> None:
    """Remove an operator that returns its first argument."""
    first = node.args[0]
    assert isinstance(first, fx.Node)
    node.replace_all_uses_with(first)
    graph.erase_node(node)


def _use_packet(node: fx.Node) -> None:
    """Name the operator without its overload, and in its form that returns a result.

    A later use of a tensor that was changed in place must be a use of the result.
    """
    target = node.target
    assert isinstance(target, torch._ops.OpOverload)
    name = target._schema.name.split("::")[1]
    if name.endswith("_") and not name.startswith("_"):
        changed = node.args[0]
        assert isinstance(changed, fx.Node)
        name = name[:-1]
        changed.replace_all_uses_with(node, delete_user_cb=lambda user: user > node)
    node.target = getattr(aten, name) if target.namespace == "aten" else target
    node.kwargs = {k: v for k, v in node.kwargs.items() if k not in PLACES}


def make_where_inputs_are(graph: fx.Graph) -> None:
    """Make all tensors on the device of the first input."""
    first = next(iter(graph.nodes))
    with graph.inserting_after(first):
        device = graph.call_function(getattr, (first, "device"))
    for node in graph.nodes:
        if getattr(node.target, "__name__", "") in MAKERS:
            node.kwargs = {**node.kwargs, "device": device}


def _replace(node: fx.Node, new: fx.Node) -> None:
    new.meta = dict(node.meta)
    node.replace_all_uses_with(new)


def _call(graph: fx.Graph, node: fx.Node, target: object, *args: object) -> None:
    """Replace a node with a call of ``target``."""
    with graph.inserting_before(node):
        new = graph.call_function(target, args)  # type: ignore[arg-type]
    _replace(node, new)
    graph.erase_node(node)


def _cast(graph: fx.Graph, node: fx.Node) -> None:
    """Keep the number type of ``to``, and leave out the device."""
    dtypes = [one for one in node.args if isinstance(one, torch.dtype)]
    dtypes += [one for one in node.kwargs.values() if isinstance(one, torch.dtype)]
    if dtypes:
        _call(graph, node, aten.to, node.args[0], dtypes[0])
        return
    _pass_on(graph, node)


def _numel(graph: fx.Graph, node: fx.Node) -> None:
    _call(graph, node, aten.numel, *node.args)


def _size(graph: fx.Graph, node: fx.Node) -> None:
    _call(graph, node, aten.size, *node.args)


def _transpose(graph: fx.Graph, node: fx.Node) -> None:
    _call(graph, node, aten.transpose, node.args[0], -2, -1)


def _flatten(graph: fx.Graph, node: fx.Node) -> None:
    """Replace ``flatten``, for which ONNX needs the number of axes."""
    given: list[object] = [*node.args, *(0, -1)[len(node.args) - 1 :]]
    values, first, end = given
    assert isinstance(values, fx.Node)
    assert isinstance(first, int)
    assert isinstance(end, int)
    rank = values.meta["val"].ndim
    kept = (*range(first), *range(end % rank + 1, rank))
    with graph.inserting_before(node):
        sizes = {i: graph.call_function(aten.size, (values, i)) for i in kept}
    shape = [sizes[i] for i in range(first)] + [-1]
    shape += [sizes[i] for i in range(end % rank + 1, rank)]
    _call(graph, node, aten.reshape, values, shape)


def _square_root(graph: fx.Graph, node: fx.Node) -> None:
    _call(graph, node, operator.pow, node.args[0], 0.5)


def _round(graph: fx.Graph, node: fx.Node) -> None:
    with graph.inserting_before(node):
        rounded = graph.call_function(round, (node.args[0],))
        new = graph.call_function(int, (rounded,))
    _replace(node, new)
    graph.erase_node(node)


def _ceil(graph: fx.Graph, node: fx.Node) -> None:
    _call(graph, node, _ceiling, *node.args)


def _least(graph: fx.Graph, node: fx.Node) -> None:
    _call(graph, node, min, *node.args)


def _float(graph: fx.Graph, node: fx.Node) -> None:
    _call(graph, node, float, *node.args)


def _hollows(graph: fx.Graph, node: fx.Node) -> None:
    _call(graph, node, raise_hollows, *node.args)


def _leaf(graph: fx.Graph, node: fx.Node) -> None:
    """Replace an operator by a call of the graph of its name."""
    name = str(node.target).split(".")[1]
    with graph.inserting_before(node):
        new = graph.call_module(name, node.args)
    _replace(node, new)
    graph.erase_node(node)


def _ceiling(value: float) -> int:
    return -int((-value) // 1.0)


def _split(graph: fx.Graph, node: fx.Node) -> None:
    """Replace the pieces of a tensor by slices, or by the slices of an unbound axis."""
    name = str(node.target).split(".")[1]
    whole = node.args[0]
    pieces = node.meta["val"]
    axis = _axis_of(name, node, pieces)
    for user in list(node.users):
        assert user.target is operator.getitem
        place = user.args[1]
        assert isinstance(place, int)
        if name == "unbind":
            _call(graph, user, aten.select, whole, axis, place)
            continue
        first = sum(int(piece.shape[axis]) for piece in pieces[:place])
        end = first + int(pieces[place].shape[axis])
        _call(graph, user, aten.slice, whole, axis, first, end)
    graph.erase_node(node)


def _axis_of(name: str, node: fx.Node, pieces: Sequence[Tensor]) -> int:
    """Return the axis along which an operator takes a tensor apart."""
    place = 1 if name == "unbind" else 2
    axis = node.args[place] if len(node.args) > place else node.kwargs.get("dim", 0)
    assert isinstance(axis, int)
    return axis


_REPLACED: dict[str, Callable[[fx.Graph, fx.Node], None]] = {
    "to": _cast,
    "flatten": _flatten,
    "mT": _transpose,
    "numpy_T": _transpose,
    "sym_numel": _numel,
    "sym_size": _size,
    "_sym_sqrt": _square_root,
    "round": _round,
    "ceil": _ceil,
    "sym_min": _least,
    "sym_float": _float,
    "raise_hollows": _hollows,
    "network": _leaf,
    "unbind": _split,
    "tensor_split": _split,
    "chunk": _split,
}

"""Capture a function of tensors as a graph, and compile the graph to TorchScript.

torch calls the function once with tensors that have sizes but no values. It records
each operator, and also how every size follows from the sizes of the inputs. So the
graph is right for all sizes, and works from what a module computes, not from how it is
built. The graph is then plain Python code without classes or branches, which
``torch.jit.script`` compiles.

The operators are those of torch itself, and none is newer than torch 2.1.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

from hdr_core.execution.device import one_thread
from hdr_core.export.tidy import make_where_inputs_are, tidy


def capture(
    function: Callable[..., Tensor],
    examples: Sequence[Tensor],
    *,
    leaves: Mapping[str, torch.jit.ScriptModule] | None = None,
) -> torch.jit.ScriptModule:
    """Return ``function`` as TorchScript, for inputs of any size.

    Args:
        function: Function of tensors that returns a tensor. Its weights are stored in
            the result.
        examples: An input each. Their sizes must take the same branches of the code as
            the plates to come: larger than a network's input, and no side a multiple of
            a network's stride.
        leaves: Graphs that the function calls as operators of ``hdr_core``, by name.
    """
    _register_operators()
    with torch.no_grad(), one_thread():
        graph = make_fx(
            function,
            tracing_mode="symbolic",
            pre_dispatch=True,
            _allow_non_fake_inputs=True,
        )(*examples)
    for name, leaf in (leaves or {}).items():
        graph.add_submodule(name, leaf)
    for node in list(graph.graph.nodes):
        if node.op == "call_function" and not node._erased:
            tidy(graph.graph, node)
    make_where_inputs_are(graph.graph)
    graph.graph.eliminate_dead_code()
    graph.recompile()
    return script(graph)


def script(module: torch.nn.Module) -> torch.jit.ScriptModule:
    """Return a module, compiled by ``torch.jit.script``."""
    with quiet():
        return torch.jit.script(module.eval())


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what torch says about TorchScript itself: it is what hosts load.

    Its exporter warns of constants that it does not fold, of axes without a name and of
    negative indices; tests compare the results of all graphs instead.
    """
    with warnings.catch_warnings():
        for kind in (DeprecationWarning, FutureWarning, UserWarning):
            warnings.simplefilter("ignore", kind)
        yield


@cache
def _register_operators() -> None:
    """Make loops and leaves known to torch as operators, for the capture alone.

    All of them return a tensor of the shape of the first argument.
    """
    library: Any = torch.library.Library("hdr_core", "FRAGMENT")  # type: ignore[no-untyped-call]
    library.define("raise_hollows(Tensor values, Tensor inside, bool x) -> Tensor")
    library.define("network(Tensor reduced) -> Tensor")
    for name in ("raise_hollows", "network"):
        library.impl(name, lambda values, *_: torch.empty_like(values), "Meta")
    _LIBRARIES.append(library)


# A library that is collected takes its operators with it.
_LIBRARIES: list[torch.library.Library] = []

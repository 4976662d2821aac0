"""Run parts of the work at the same time, in threads, without torch."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


class SideBySide(Protocol):
    """A function that runs parts of the work, several at the same time."""

    def __call__(
        self,
        work: Callable[[Part], Result],
        parts: Iterable[Part],
        *,
        n_at_once: int,
        on_done: Callable[[], None] | None = None,
    ) -> list[Result]:
        """Return the result of ``work`` for each part."""


def in_threads(
    work: Callable[[Part], Result],
    parts: Iterable[Part],
    *,
    n_at_once: int,
    on_done: Callable[[], None] | None = None,
    begin: Callable[[], None] | None = None,
) -> list[Result]:
    """Return the result of ``work`` for each part; several run at the same time.

    Args:
        work: Must not depend on the results of other parts.
        parts: Started in this order.
        n_at_once: Most parts that run at the same time. With 1, they run one after
            the other in the caller's thread.
        on_done: Called in the caller's thread after each part, in the order of
            ``parts``. If it or ``work`` raises, parts that have not started are
            skipped.
        begin: Called once in each new thread.
    """
    parts = list(parts)
    results = []

    def finish(result: Result) -> None:
        results.append(result)
        if on_done is not None:
            on_done()

    if min(n_at_once, len(parts)) <= 1:
        for part in parts:
            finish(work(part))
        return results
    pool = ThreadPoolExecutor(min(n_at_once, len(parts)), initializer=begin)
    try:
        for future in [pool.submit(work, part) for part in parts]:
            finish(future.result())
    finally:
        pool.shutdown(cancel_futures=True)
    return results

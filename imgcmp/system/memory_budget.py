"""Memory for decoding: who may take how much, and who has to wait.

Every process that works has a fixed share of the budget, from which it decodes without asking. What needs more is asked
for, and waits until the sum fits: so large files are read one at a time, in the order in which they asked. A file may
need the whole budget; then the others finish what they have, and start nothing until it is done.
"""

import sys
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import NamedTuple

from imgcmp.errors import UnreadableImageError
from imgcmp.system.memory import available_bytes, format_bytes, installed_bytes

_SHARES = 4  # one part in four of the budget is shared out: at 4 GB and 16 processes 64 MB each, a camera's JPEG or PNG

# Needs that are not looked at where no budget is set: telling what is free costs as much as a small image.
_ALWAYS_FREE = 2**26

# Times the memory of the machine: with swap, some that need more than there is are read after all.
_OUT_OF_ALL_REACH = 4

# What libraries loaded later, threads' stacks and the allocator itself take.
_SLACK = 2**27


class OverBudgetError(MemoryError):
    """An image that needs more memory than may be used; the message says how much."""


class Request(NamedTuple):
    """What a worker asks for, and waits until it is granted."""

    n_bytes: int


class Granted(NamedTuple):
    """What a worker is told when it may go on."""


class Allowance(NamedTuple):
    """What a worker process goes by: the whole budget, its share, and how to ask for more."""

    total: int
    share: int
    ask: Callable[[Request], None]


_allowance: Allowance | None = None
_at_rest = 0  # bytes that the worker took before it began its item


def default_budget() -> int:
    """Return the bytes that decoding may take unless the user says otherwise: a quarter of what is free."""
    return available_bytes() // 4


def in_worker() -> bool:
    """Tell whether this process works for a parent that watches over the memory."""
    return _allowance is not None


def work_within(allowance: Allowance) -> None:
    """Make this process a worker: what it reserves comes out of the allowance from now on."""
    global _allowance
    _allowance = allowance


def begin_item() -> None:
    """Note that the worker begins an item: it may take its share until it has reserved more."""
    global _at_rest
    if _allowance is not None:
        _at_rest = _taken_bytes()  # anew for every item: the allocator keeps some of what an image before it took
        _limit_memory(_allowance.share)


def reserve(n_bytes: int) -> None:
    """Wait until memory may be taken; to be called once an image, before its pixels are allocated.

    A second call takes the place of the first.

    Parameters
    ----------
    n_bytes : int
        All that reading the image takes, at its peak. It is given back when the worker is done with its item.

    Raises
    ------
    OverBudgetError
        If it is more than may ever be used. In a process that is no worker: more than is free.
    UnreadableImageError
        If it is more than this machine could ever give: the header of a damaged file says anything. What more memory
        would cure is tried again on every run, which costs no more than to look at the header; this isn't.
    """
    if n_bytes > _ALWAYS_FREE and n_bytes > _OUT_OF_ALL_REACH * installed_bytes():
        raise UnreadableImageError(f"damaged, or far too large: it would take {format_bytes(n_bytes)} to decode")
    if _allowance is None:
        if n_bytes > _ALWAYS_FREE and n_bytes > (free := available_bytes()):
            raise OverBudgetError(f"needs {format_bytes(n_bytes)} to decode and {format_bytes(free)} are free")
    elif n_bytes > _allowance.total:
        raise OverBudgetError(
            f"needs {format_bytes(n_bytes)} to decode and {format_bytes(_allowance.total)} may be used; "
            "allow more with --max-memory"
        )
    elif n_bytes > _allowance.share:
        _allowance.ask(Request(n_bytes))
        _limit_memory(n_bytes)


class Budget:
    """The memory that all workers share, as their parent sees it.

    Parameters
    ----------
    total : int
        Bytes.
    n_workers : int
        How many share it, at most.

    Attributes
    ----------
    total, share : int
        Bytes: what there is, and what a worker takes without asking.
    """

    def __init__(self, total: int, n_workers: int) -> None:
        self.total = total
        self.share = total // (_SHARES * n_workers)
        self._shares_of_others = self.share * (n_workers - 1)
        self._held: dict[Hashable, int] = {}
        self._waiting: deque[tuple[Hashable, int]] = deque()

    def may_start(self) -> bool:
        """Tell whether a worker that has nothing may start on something."""
        return self.may_go_on() and sum(self._held.values()) + self.share <= self.total

    def may_go_on(self) -> bool:
        """Tell whether workers may be given more; not while one waits that fits only if the others have nothing."""
        return not self._waiting or self._waiting[0][1] + self._shares_of_others <= self.total

    def start(self, worker: Hashable) -> None:
        """Note that a worker works on an item, within its share."""
        self._held[worker] = self.share

    def ask(self, worker: Hashable, n_bytes: int) -> None:
        """Note that a worker waits. It holds nothing meanwhile, so that whoever is first in the line is served.

        One that holds as much already is first in the line: what it has is not given to another.
        """
        if n_bytes <= self._held.pop(worker, 0):
            self._waiting.appendleft((worker, n_bytes))
        else:
            self._waiting.append((worker, n_bytes))

    def leave(self, worker: Hashable) -> None:
        """Note that a worker has nothing to do any more, or is dead."""
        self._held.pop(worker, None)
        self._waiting = deque(request for request in self._waiting if request[0] is not worker)

    def grant(self) -> list[Hashable]:
        """Return the workers that may go on now, in the order in which they asked."""
        granted = []
        while self._waiting and sum(self._held.values()) + self._waiting[0][1] <= self.total:
            worker, n_bytes = self._waiting.popleft()
            self._held[worker] = n_bytes
            granted.append(worker)
        return granted


def _limit_memory(n_bytes: int) -> None:
    """Let a decoder that takes more than it reserved get no memory, before the whole system has none.

    Pillow decodes the pictures inside icons when it opens them, and tiles may be larger than their picture. Linux only:
    elsewhere the limit does not count what is mapped, which is how large blocks are allocated.
    """
    if not _at_rest:
        return
    import resource  # here and below: Windows has none, and in a process that is no worker nothing is limited

    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = _at_rest + n_bytes + _SLACK
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _taken_bytes() -> int:
    """Return what counts against the limit, in bytes; 0 where the system doesn't say it as Linux does."""
    if sys.platform != "linux":
        return 0
    import resource

    try:
        with open("/proc/self/statm", encoding="ascii") as sizes:
            return int(sizes.read().split()[5]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0

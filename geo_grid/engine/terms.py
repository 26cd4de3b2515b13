"""What engines run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

#: How often a task is begun; a process that dies may have been killed for want of memory, or by hand.
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of work. It may be begun twice, and then finds or leaves the same files.

    Parameters
    ----------
    name : str
        Unique in a build.
    run : callable
        A function of a module, so that another process finds it.
    args : tuple
        Its arguments, small: what is large lies in a room.
    urgent : bool
        Whether others wait for it.
    """

    name: str
    run: Callable[..., Any]
    args: tuple[Any, ...]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a task.

    Parameters
    ----------
    name : str
        Its name.
    value : object
        What it returned.
    error : Exception, optional
        What it raised.
    death : str
        How the processes ended that were at it, where none came to an end with it.
    """

    name: str
    value: Any = None
    error: Exception | None = None
    death: str = ""


class Engine(Protocol):
    """Runs tasks."""

    @property
    def apart(self) -> bool:
        """Whether tasks run in other processes, so that what they share must lie in files."""

    def add(self, task: Task) -> None:
        """Take a task; urgent ones are begun first, the others in the order they came.

        Parameters
        ----------
        task : Task
            The task.
        """

    def wait(self, *, patient: bool = True) -> Done | None:
        """Return a task that has ended.

        Parameters
        ----------
        patient : bool
            Whether to wait for one.

        Returns
        -------
        Done or None
            None where none has ended, and nobody wants to wait.
        """

    def close(self) -> None:
        """Give up what has not ended."""


class Queue:
    """Tasks that nobody has begun, in the order they are to be begun."""

    def __init__(self) -> None:
        self._tasks: list[tuple[bool, int, Task]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._tasks)

    def put(self, task: Task) -> None:
        """Add a task.

        Parameters
        ----------
        task : Task
            The task.
        """
        import heapq

        self._count += 1
        heapq.heappush(self._tasks, (not task.urgent, self._count, task))

    def get(self) -> Task:
        """Take the next one.

        Returns
        -------
        Task
            The task.
        """
        import heapq

        return heapq.heappop(self._tasks)[2]

"""Tasks one after the other, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_grid.engine.terms import Done, Queue

if TYPE_CHECKING:
    from geo_grid.engine.terms import Task


class HereEngine:
    """An engine without other processes: for small cities the work is done before a second one has started."""

    apart = False

    def __init__(self) -> None:
        self._queue = Queue()

    def add(self, task: Task) -> None:
        """Take a task.

        Parameters
        ----------
        task : Task
            The task.
        """
        self._queue.put(task)

    def wait(self, *, patient: bool = True) -> Done | None:
        """Run the next task.

        Parameters
        ----------
        patient : bool
            Whether there is time for it.

        Returns
        -------
        Done or None
            What became of it.
        """
        if not patient or not len(self._queue):
            return None
        task = self._queue.get()
        try:
            return Done(task.name, task.run(*task.args))
        except Exception as error:  # noqa: BLE001  who waits for it raises it
            return Done(task.name, error=error)

    def close(self) -> None:
        """Do nothing."""

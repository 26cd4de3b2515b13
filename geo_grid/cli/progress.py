"""A progress bar on a terminal, silence elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What a user reads for each stage of a build.
STAGE_TITLES = {
    "read": "Reading 读取",
    "zone": "Drawing grids 划分网格",
    "tables": "Sharing elements 关联要素",
    "store": "Storing 保存",
    "check": "Proving 核验",
    "tiles": "Drawing tiles 绘制瓦片",
}


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show progress on standard error while the block runs.

    Yields
    ------
    callable
        Takes stage, done and total.
    """
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def show(stage: str, done: int, total: int) -> None:
            title = STAGE_TITLES.get(stage, stage)
            if stage not in tasks:
                tasks[stage] = bar.add_task(title, total=total)
            bar.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]  # rich's TaskID is an int

        yield show

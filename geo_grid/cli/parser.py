"""Words of the command line; each command brings its own, those of other packages by entry point."""

from __future__ import annotations

import argparse
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import geo_grid
from geo_grid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.store.base import Version

    Subparsers = argparse._SubParsersAction[Any]  # noqa: SLF001  argparse gives the type no public name

#: Exit status of a command that looked for faults and found some.
FAULTS_FOUND = 1

STORE_HELP = "PLAN.gpkg or postgresql://… (leave the password to PGPASSWORD or ~/.pgpass)"

#: Other packages add commands through entry points of this group: functions that take the subparsers.
COMMAND_GROUP = "geo_grid.commands"


class _OneLineParser(argparse.ArgumentParser):
    """A parser that complains in one line, like every other error."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, mend=f"See: {self.prog} --help")


def output_path(*suffixes: str) -> Callable[[str], Path]:
    """Return a type for options that name a file to be written.

    Parameters
    ----------
    *suffixes : str
        Endings the name may have; they keep an output from replacing a plan or an input.

    Returns
    -------
    callable
        Takes the word from the command line, returns the path; raises UsageError for a folder or another ending.
    """

    def check(word: str) -> Path:
        path = Path(word)
        if path.suffix.lower() not in suffixes:
            raise UsageError("the file to write has another ending", file=word, mend=f"Use {' or '.join(suffixes)}")
        if path.is_dir() or not path.parent.is_dir():
            raise UsageError("there is no such folder, or a folder stands there", file=word, mend="Name a file")
        return path

    return check


def version_word(word: str) -> Version:
    """Return which published version a word on the command line names.

    Parameters
    ----------
    word : str
        A number, or "published" for the latest.

    Returns
    -------
    int or "published"
        The version.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if word == "published":
        return "published"
    if word.isascii() and word.isdecimal() and int(word) > 0:
        return int(word)
    raise UsageError(f"{word!r} is no version", mend="Give its number, or 'published'; see: geo-grid versions STORE")


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that build: where the work is done, and where its parts lie.

    Parameters
    ----------
    parser : ArgumentParser
        Parser of the command.
    """
    from geo_grid.engine.open import LOCAL, check_engine

    parser.add_argument(
        "--engine",
        type=check_engine,
        default=LOCAL,
        metavar="ENGINE",
        help="local (processes of this machine, the default), or dask://HOST:PORT of a Dask scheduler",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="local processes (all cores by default)")
    parser.add_argument(
        "--work",
        type=existing_folder,
        metavar="DIR",
        help="folder for unfinished work, of households too (default: beside the store); for Dask, on shared storage",
    )


def existing_folder(word: str) -> Path:
    """Return the folder a word on the command line names.

    Parameters
    ----------
    word : str
        Its path.

    Returns
    -------
    Path
        The folder, absolute: other machines stand elsewhere.

    Raises
    ------
    UsageError
        If there is none.
    """
    path = Path(word).resolve()
    if not path.is_dir():
        raise UsageError("there is no such folder", file=word, mend="Make it first")
    return path


def build_parser() -> argparse.ArgumentParser:
    """Build the parser with all commands.

    Returns
    -------
    ArgumentParser
        Parser whose result has ``run``, the function of the chosen command.
    """
    from geo_grid.cli import commands

    parser = _OneLineParser(
        prog="geo-grid",
        description="Draw and run grassroots grids (网格): contiguous, nested, seamless, inside their bands.",
        epilog="Exit status: 0 done; 1 the check found faults; 2 bad input or usage.",
    )
    parser.add_argument("--version", action="version", version=f"geo-grid {geo_grid.__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    commands.register(subparsers)
    for point in sorted(entry_points(group=COMMAND_GROUP), key=lambda point: point.name):
        point.load()(subparsers)
    return parser


def add_command(
    subparsers: Subparsers, name: str, run: Callable[[argparse.Namespace], int | None], summary: str
) -> argparse.ArgumentParser:
    """Add one command.

    Parameters
    ----------
    subparsers : argparse subparsers
        What ``build_parser`` hands to each register function.
    name : str
        Word on the command line.
    run : callable
        Takes the parsed options, returns an exit status or None for 0.
    summary : str
        One line for the help.

    Returns
    -------
    ArgumentParser
        Parser of the command, to add its words to.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=summary, description=summary)
    parser.set_defaults(run=run)
    return parser

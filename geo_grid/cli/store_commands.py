"""Commands that prepare and move stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_grid.cli.parser import STORE_HELP, add_command

if TYPE_CHECKING:
    import argparse

    from geo_grid.cli.parser import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command ``store``.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add it.
    """
    summary = "prepare a store, bring it up to date, or copy all of it to another"
    parser = subparsers.add_parser("store", help=summary, description=summary)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    init = add_command(actions, "init", _init, "make the tables, so that accounts can be added before the first build")
    init.add_argument("store", help=STORE_HELP)
    migrate = add_command(actions, "migrate", _migrate, "bring the tables of a store to what this program knows")
    migrate.add_argument("store", help=STORE_HELP)
    copy = add_command(actions, "copy", _copy, "copy a plan with its versions, edits and accounts to an empty store")
    copy.add_argument("source", metavar="SRC", help=STORE_HELP)
    copy.add_argument("target", metavar="DST", help=STORE_HELP)
    copy.add_argument(
        "--without-accounts", action="store_true", help="leave out accounts and who did what with them: to hand it on"
    )


def _init(options: argparse.Namespace) -> None:
    _prepare(options.store, create=True)


def _migrate(options: argparse.Namespace) -> None:
    _prepare(options.store, create=False)


def _prepare(url: str, *, create: bool) -> None:
    from geo_grid.store import open_store

    with open_store(url) as store:
        store.prepare(create=create)
        print(f"{store.label} is ready")


def _copy(options: argparse.Namespace) -> None:
    from geo_grid.store import copy_store, open_store

    with open_store(options.source) as source, open_store(options.target) as target:
        copied = copy_store(source, target, accounts=not options.without_accounts)
        shown = ", ".join(f"{count} {name}" for name, count in copied.rows.items() if count)
        print(f"copied to {target.label}: {shown}")
        print(f"content {copied.content_hash} on both sides")

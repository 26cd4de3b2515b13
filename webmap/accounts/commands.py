"""``geo-grid user``: accounts from the command line of the machine that keeps the store."""

from __future__ import annotations

import argparse
import sys
from contextlib import contextmanager
from getpass import getpass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from geo_grid.cli.parser import add_command
from geo_grid.errors import UsageError
from webmap.accounts.people import check_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.cli.parser import Subparsers
    from webmap.accounts.register import Register

STORE_HELP = "PLAN.gpkg or postgresql://…"
#: How the links that make the first account are listed: they are for no name yet.
FIRST = "(first)"
#: What the audit calls whoever sits at the machine that keeps the store.
_AUTHOR = "geo-grid user"


def register(subparsers: Subparsers) -> None:
    """Add the command.

    Parameters
    ----------
    subparsers : argparse subparsers
        Where to add it.
    """
    command = add_command(subparsers, "user", _list, "manage the accounts of a stored plan")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)

    add = add_command(actions, "add", _add, "make an account: print a one-time link, or ask for a password")
    _about(add)
    add.add_argument("--role", choices=("planner", "inspector", "administrator"), required=True)
    add.add_argument(
        "--prefix", default="", help="what the codes of their areas begin with (the whole city by default)"
    )
    add.add_argument("--display", default="", help="what others see (the name by default)")
    _how(add)

    listing = add_command(actions, "list", _list, "list all accounts, and the one-time links nobody used yet")
    listing.add_argument("store", help=STORE_HELP)

    remove = add_command(actions, "remove", _remove, "close an account; what it did stays on record")
    _about(remove)

    revoke = add_command(actions, "revoke", _revoke, "make the one-time links of a name useless")
    _about(revoke)

    password = add_command(
        actions, "password", _password, "give an account a new password: print a one-time link, or ask for it"
    )
    _about(password)
    _how(password)


def _about(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", help=STORE_HELP)
    parser.add_argument("name", help="what the person signs in with")


def _how(parser: argparse.ArgumentParser) -> None:
    # a password on the command line could be read by everybody on the machine
    parser.add_argument("--ask", action="store_true", help="ask for the password on the terminal instead of a link")
    parser.add_argument(
        "--address",
        type=_address,
        default="http://127.0.0.1:8000",
        metavar="URL",
        help="where browsers find the service, such as https://grid.example.gov.cn: the link begins so (%(default)s)",
    )


def _address(text: str) -> str:
    """Return the address of a service, if browsers can open it."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or not text.isprintable() or set(text) & set(" #?\\"):
        raise argparse.ArgumentTypeError(f"{text[:80]!r} is no address of a service, such as http://127.0.0.1:8000")
    return text


@contextmanager
def _opened(store_url: str) -> Iterator[Register]:
    from geo_grid.store import open_store
    from webmap.accounts.register import Register
    from webmap.settings import Settings

    with open_store(store_url) as store:
        store.meta()  # one clear line if there is no such plan
        with store.ledger() as ledger:
            yield Register(ledger, Settings())


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first, second = getpass("Password: "), getpass("Once more: ")
    if first != second:
        raise UsageError("the two passwords differ")
    return first


def _link(options: argparse.Namespace, accounts: Register, role: str, prefix: str) -> None:
    earlier = any(row["name"] == options.name for row in accounts.pending())
    token = accounts.invite(options.name, role, prefix, by=_AUTHOR)
    if earlier:
        print(f"note: the earlier link for {options.name} cannot be used any more", file=sys.stderr)
    print(f"{options.address.rstrip('/')}/welcome#token={token}")
    print("This link works once, within 24 hours.", file=sys.stderr)


def _add(options: argparse.Namespace) -> None:
    with _opened(options.store) as accounts:
        check_name(options.name)
        if options.prefix and not accounts.check_areas(options.prefix):
            print("note: the plan has no areas yet, so nobody can say whether the prefix fits", file=sys.stderr)
        if options.ask:
            values = {"role": options.role, "prefix": options.prefix, "display": options.display}
            accounts.add(options.name, _asked(), **values, by=_AUTHOR)
            print(f"{options.name} may sign in")
            return
        if any(who.name == options.name for who in accounts.people()):
            raise UsageError(f"there is an account {options.name!r} already", mend="Use: geo-grid user password")
        _link(options, accounts, options.role, options.prefix)


def _list(options: argparse.Namespace) -> None:
    with _opened(options.store) as accounts:
        for who in accounts.people():
            state = "" if who.active else "\tclosed"
            print(f"{who.name}\t{who.role}\t{who.prefix or '*'}\t{who.display}{state}")
        for row in accounts.pending():
            until = row["expires_at"][:16].replace("T", " ")
            print(f"{row['name'] or FIRST}\t{row['role']}\t{row['prefix'] or '*'}\tlink open until {until} UTC")


def _revoke(options: argparse.Namespace) -> None:
    with _opened(options.store) as accounts:
        count = accounts.revoke("" if options.name == FIRST else options.name, by=_AUTHOR)
    print(f"{count} one-time {'link' if count == 1 else 'links'} for {options.name} cannot be used any more")


def _remove(options: argparse.Namespace) -> None:
    with _opened(options.store) as accounts:
        accounts.change(options.name, active=False, by=_AUTHOR)
    print(f"{options.name} may not sign in any more")


def _password(options: argparse.Namespace) -> None:
    with _opened(options.store) as accounts:
        who = accounts.person(options.name)
        if options.ask:
            accounts.set_password(options.name, _asked(), by=_AUTHOR)
            print(f"{options.name} has a new password")
            return
        _link(options, accounts, who.role, who.prefix)

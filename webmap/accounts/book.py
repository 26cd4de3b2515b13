"""The accounts of a store."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webmap.accounts import passwords
from webmap.accounts.people import Person, check_name, check_prefix, check_role, person_of
from webmap.refusals import LastAdministratorError, NoAreasError, TakenError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from webmap.settings import Settings


def present() -> datetime:
    """Return the present moment.

    Returns
    -------
    datetime
        In UTC.
    """
    return datetime.now(UTC)


def as_text(moment: datetime) -> str:
    """Return a moment as it is stored; later ones are greater as texts too.

    Parameters
    ----------
    moment : datetime
        In UTC.

    Returns
    -------
    str
        ISO 8601.
    """
    return moment.isoformat(timespec="milliseconds")


def _account(person: Person, password_hash: str | None, created_at: str) -> dict[str, Any]:
    return person._asdict() | {
        "active": int(person.active),
        "password_hash": password_hash,
        "created_at": created_at,
    }


def _manages_all(person: Person) -> bool:
    return person.active and person.role == "administrator" and not person.prefix


class Book:
    """The accounts of a store.

    Parameters
    ----------
    ledger : Ledger
        Where they are kept.
    settings : Settings
        How long sessions and links last.
    now : callable, optional
        The clock.
    """

    #: Accounts are changed one after the other.
    _changing = threading.Lock()

    def __init__(self, ledger: Any, settings: Settings, now: Callable[[], datetime] = present) -> None:
        self._ledger, self._settings, self._now = ledger, settings, now

    def person(self, name: str) -> Person:
        """Return an account.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Person
            Who it is.

        Raises
        ------
        UnknownNameError
            If there is none.
        """
        return person_of(self._row(name))

    def _row(self, name: str) -> dict[str, Any]:
        row = self._ledger.account(name)
        if row is None:
            raise UnknownNameError(f"there is no account {name!r}")
        return dict(row)

    def people(self) -> list[Person]:
        """Return all accounts.

        Returns
        -------
        list of Person
            By name.
        """
        return sorted(person_of(row) for row in self._ledger.accounts())

    def displays(self) -> dict[str, str]:
        """Return what those who have an account are called.

        Returns
        -------
        dict of str to str
            By the name they sign in with; of closed accounts too, for what they did stays on record.
        """
        return {who.name: who.display for who in self.people()}

    def add(
        self, name: str, password: str, *, role: str, prefix: str = "", display: str = "", by: str | None = None
    ) -> Person:
        """Make an account.

        Parameters
        ----------
        name : str
            What the person signs in with.
        password : str
            Their password.
        role : str
            Their role.
        prefix : str
            What the codes of their areas begin with.
        display : str
            What others see; the name by default.
        by : str, optional
            Who wants it so: that is written down in the audit.

        Returns
        -------
        Person
            The account.

        Raises
        ------
        TakenError
            If there is one of this name.
        UsageError
            If a value makes no sense.
        """
        person = Person(check_name(name), display or name, check_role(role), check_prefix(prefix))
        passwords.check_password(password, name, self._settings.password_characters)
        row = _account(person, passwords.hashed(password), as_text(self._now()))
        if not self._ledger.add_account(row, by=by):
            raise TakenError(f"there is an account {name!r} already", mend="Choose another name.")
        self._void(name, by)  # a link that was to make this account would now give it another password
        return person

    def _void(self, name: str, by: str | None) -> int:
        """Make the open links of a name useless, and return how many there were."""
        now = as_text(self._now())
        hashes = [row["token_hash"] for row in self._unused() if (row["name"] or "") == name]
        return sum(self._ledger.use_invitation(token_hash, now, revoked_by=by) is not None for token_hash in hashes)

    def _unused(self) -> list[dict[str, Any]]:
        now = self._now()
        rows = self._ledger.invitations()
        return [row for row in rows if not row["used_at"] and now < datetime.fromisoformat(row["expires_at"])]

    def _put(self, person: Person, password_hash: str | None, created_at: str, by: str | None = None) -> None:
        self._ledger.put_account(_account(person, password_hash, created_at), by=by)

    def change(
        self,
        name: str,
        *,
        display: str | None = None,
        role: str | None = None,
        prefix: str | None = None,
        active: bool | None = None,
        by: str | None = None,
    ) -> Person:
        """Change an account; what is None stays. A closed account's sessions end.

        Parameters
        ----------
        name : str
            Whose.
        display : str, optional
            What others see.
        role : str, optional
            The role.
        prefix : str, optional
            What the codes of their areas begin with.
        active : bool, optional
            Whether they may sign in.
        by : str, optional
            Who wants it so: that is written down in the audit.

        Returns
        -------
        Person
            The account as it is now.

        Raises
        ------
        LastAdministratorError
            If nobody would be left who manages the accounts of the whole city.
        """
        with self._changing:  # two administrators could close each other
            return self._change(self._row(name), display, role, prefix, active, by)

    def _change(
        self,
        row: dict[str, Any],
        display: str | None,
        role: str | None,
        prefix: str | None,
        active: bool | None,
        by: str | None,
    ) -> Person:
        old = person_of(row)
        new = Person(
            old.name,
            old.display if display is None else display,
            old.role if role is None else check_role(role),
            old.prefix if prefix is None else check_prefix(prefix),
            old.active if active is None else active,
        )
        if _manages_all(old) and not _manages_all(new) and not self._others_manage_all(old.name):
            raise LastAdministratorError(
                f"{old.name} is the last administrator of the whole city",
                mend="Make somebody else administrator of the whole city first.",
            )
        self._put(new, row["password_hash"], row["created_at"], by)
        if not new.active:
            self._ledger.end_sessions_of(old.name)
        return new

    def _others_manage_all(self, name: str) -> bool:
        return any(_manages_all(who) for who in self.people() if who.name != name)

    def check_areas(self, prefix: str) -> bool:
        """Whether there are areas an account with a prefix would be for.

        Parameters
        ----------
        prefix : str
            What the codes of its areas begin with.

        Returns
        -------
        bool
            False where the plan has no areas at all, so that nothing can be said.

        Raises
        ------
        NoAreasError
            If there are areas, and none of them has such a code.
        """
        if self._ledger.area_figures(check_prefix(prefix)):
            return True
        codes = [row["code"] for row in self._ledger.area_figures()]
        if codes:
            raise NoAreasError(
                f"no area has a code that begins with {prefix!r}",
                mend=f"Use the beginning of an area's code, such as {min(codes)[:6]}, or none for the whole city.",
            )
        return False

    def set_password(self, name: str, password: str, by: str | None = None) -> None:
        """Give an account another password; all its sessions end.

        Parameters
        ----------
        name : str
            Whose.
        password : str
            The new one.
        by : str, optional
            Who wants it so: that is written down in the audit; the person by default.
        """
        row = self._row(name)
        passwords.check_password(password, name, self._settings.password_characters)
        self._put(person_of(row), passwords.hashed(password), row["created_at"], by or name)
        self._ledger.end_sessions_of(name)

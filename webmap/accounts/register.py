"""Accounts, sessions and one-time links of a store. Of every secret only its hash is kept."""

from __future__ import annotations

import secrets
import threading
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from webmap.accounts import passwords
from webmap.accounts.book import Book, as_text
from webmap.accounts.people import Person, check_name, check_prefix, check_role, person_of
from webmap.refusals import OtherNameError, UnknownNameError, WrongLinkError, WrongPasswordError

#: A session is written down as used at most once in so many seconds.
TOUCH_SECONDS = 60

_LINK = "the one-time link is not valid, or was used, or is too old"
_ASK = "Ask the administrator for another one."


class Session(NamedTuple):
    """Somebody who is signed in.

    Parameters
    ----------
    person : Person
        Who.
    csrf : str
        What their changing requests must carry.
    id_hash : str
        Hash of what the cookie holds.
    """

    person: Person
    csrf: str
    id_hash: str


def _hash(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits; such a one needs no slow hash."""
    return sha256(secret.encode()).hexdigest()


class Register(Book):
    """The accounts, sessions and one-time links of a store."""

    #: Links are accepted one after the other.
    _accepting = threading.Lock()

    def sign_in(self, name: str, password: str) -> tuple[str, Session]:
        """Begin a session.

        Parameters
        ----------
        name : str
            Whose.
        password : str
            Their password.

        Returns
        -------
        token : str
            What the cookie is to hold.
        session : Session
            The session.

        Raises
        ------
        WrongPasswordError
            If they do not belong together; it does not say which is wrong.
        """
        row = self._ledger.account(name)
        stored = row["password_hash"] if row is not None and row["active"] else None
        if not passwords.fits(stored, password) or row is None:
            raise WrongPasswordError("name and password do not belong together", mend="Try again.")
        if passwords.outdated(row["password_hash"]):
            self._put(person_of(row), passwords.hashed(password), row["created_at"])
        return self.begin(person_of(row))

    def begin(self, person: Person) -> tuple[str, Session]:
        """Begin a session of somebody who has shown who they are.

        Parameters
        ----------
        person : Person
            Who.

        Returns
        -------
        token : str
            What the cookie is to hold.
        session : Session
            The session.
        """
        now = self._now()
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._ledger.purge_sessions(as_text(now))
        self._ledger.put_session(
            {
                "id_hash": _hash(token),
                "account": person.name,
                "csrf": csrf,
                "created_at": as_text(now),
                "last_seen": as_text(now),
                "expires_at": as_text(now + timedelta(seconds=self._settings.session_seconds)),
            }
        )
        return token, Session(person, csrf, _hash(token))

    def session(self, token: str) -> Session | None:
        """Return the session a cookie belongs to.

        Parameters
        ----------
        token : str
            What the cookie holds.

        Returns
        -------
        Session or None
            None if there is none, it has ended, or the account was closed.
        """
        id_hash = _hash(token)
        row = self._ledger.session(id_hash)
        if row is None:
            return None
        now, seen = self._now(), datetime.fromisoformat(row["last_seen"])
        idle = timedelta(seconds=self._settings.session_idle_seconds)
        if now >= datetime.fromisoformat(row["expires_at"]) or now >= seen + idle:
            self._ledger.end_session(id_hash)
            return None
        account = self._ledger.account(row["account"])
        if account is None or not account["active"]:
            return None
        if now - seen >= min(timedelta(seconds=TOUCH_SECONDS), idle / 4):
            self._ledger.touch_session(id_hash, as_text(now))
        return Session(person_of(account), row["csrf"], id_hash)

    def end(self, session: Session) -> None:
        """End a session.

        Parameters
        ----------
        session : Session
            Which.
        """
        self._ledger.end_session(session.id_hash)

    def change_password(self, session: Session, old: str, new: str) -> tuple[str, Session]:
        """Give oneself another password; all sessions end, and a new one begins.

        Parameters
        ----------
        session : Session
            Whose.
        old : str
            The present password.
        new : str
            The next one.

        Returns
        -------
        token : str
            What the cookie is to hold.
        session : Session
            The new session.
        """
        if not passwords.fits(self._row(session.person.name)["password_hash"], old):
            raise WrongPasswordError("this is not the present password", mend="Try again.")
        self.set_password(session.person.name, new)
        return self.begin(session.person)

    def invite(self, name: str, role: str, prefix: str = "", by: str | None = None) -> str:
        """Make a one-time link for a new account, or for a new password of one there is.

        Earlier links for the name are good no more: what they say of role and prefix was thought better of.

        Parameters
        ----------
        name : str
            Whose.
        role : str
            The role of a new account.
        prefix : str
            What the codes of their areas begin with.
        by : str, optional
            Who invites them: that is written down in the audit.

        Returns
        -------
        str
            The secret part of the link. Only its hash is kept.
        """
        check_role(role)
        check_prefix(prefix)
        self._void(check_name(name), by)
        return self._invite(name, role, prefix, by)

    def _invite(self, name: str, role: str, prefix: str = "", by: str | None = None) -> str:
        token = secrets.token_urlsafe(32)
        expires = self._now() + timedelta(seconds=self._settings.invitation_seconds)
        self._ledger.put_invitation(
            {
                "token_hash": _hash(token),
                "name": name,
                "role": check_role(role),
                "prefix": check_prefix(prefix),
                "expires_at": as_text(expires),
                "used_at": None,
            },
            by=by,
        )
        return token

    def tidy(self) -> None:
        """Forget the sessions that have ended; where nothing can be written, that is found out by this.

        Raises
        ------
        ReadOnlyError
            If the store may not be written to: then nobody can sign in.
        """
        self._ledger.purge_sessions(as_text(self._now()))

    def first_link(self) -> str | None:
        """Make the link that lets somebody in where nobody has an account yet.

        Returns
        -------
        str or None
            The secret part of the link; None where there are accounts.
        """
        return None if self._ledger.accounts() else self._invite("", "administrator")

    def accept(self, token: str, name: str, display: str, password: str) -> Person:
        """Make the account a one-time link is for, or give the one there is its password.

        Parameters
        ----------
        token : str
            The secret part of the link.
        name : str
            What the person signs in with; must be the link's, if that has one.
        display : str
            What others see.
        password : str
            Their password.

        Returns
        -------
        Person
            The account.

        Raises
        ------
        WrongLinkError
            If the link is not valid any more.
        OtherNameError
            If it is for another name; the link is then still good.
        BadNameError, UsageError
            If a value makes no sense; the link is then still good.
        """
        row = self._good_link(token)
        if row["name"] and name and name != row["name"]:
            raise OtherNameError("the one-time link is for another name", mend=f"Use {row['name']}.", name=row["name"])
        name = check_name(row["name"] or name)
        passwords.check_password(password, name, self._settings.password_characters)
        with self._accepting:
            # the link of the first start lets in the first person only, however many were printed
            if not row["name"] and self._ledger.accounts():
                raise WrongLinkError(_LINK, mend=_ASK)
            if not self._ledger.use_invitation(_hash(token), as_text(self._now())):
                raise WrongLinkError(_LINK, mend=_ASK)
            who = self._accepted(name, display, row, password)
            self._void(name, name)  # another link could give the account another password later
            return who

    def link(self, token: str) -> tuple[str, bool]:
        """Tell whom a one-time link is for; it is not used by that.

        Parameters
        ----------
        token : str
            The secret part of the link.

        Returns
        -------
        name : str
            Whose; empty where whoever opens it may choose.
        account : bool
            Whether they have an account already, and get a new password only.

        Raises
        ------
        WrongLinkError
            If the link is not valid any more.
        """
        row = self._good_link(token)
        name = row["name"] or ""
        there = self._ledger.accounts() if not name else []
        if there:  # the link of the first start lets in the first person only
            raise WrongLinkError(_LINK, mend=_ASK)
        return name, bool(name) and self._ledger.account(name) is not None

    def pending(self) -> list[dict[str, Any]]:
        """Return the one-time links that are still good.

        Returns
        -------
        list of dict
            ``name, role, prefix, expires_at``, the first to expire first; never what would let somebody in.
        """
        return [{key: row[key] or "" for key in ("name", "role", "prefix", "expires_at")} for row in self._unused()]

    def revoke(self, name: str, by: str = "") -> int:
        """Make the one-time links of a name useless.

        Parameters
        ----------
        name : str
            Whose; empty for those that make the first account.
        by : str
            Who revokes them.

        Returns
        -------
        int
            How many links were good until now.

        Raises
        ------
        UnknownNameError
            If there are none.
        """
        count = self._void(name, by)
        if not count:
            raise UnknownNameError(f"no one-time link for {name!r} is open", mend="See: geo-grid user list")
        return count

    def _good_link(self, token: str) -> dict[str, Any]:
        row = self._ledger.invitation(_hash(token))
        if row is None or row["used_at"] or self._now() >= datetime.fromisoformat(row["expires_at"]):
            raise WrongLinkError(_LINK, mend=_ASK)
        return dict(row)

    def _accepted(self, name: str, display: str, row: dict[str, Any], password: str) -> Person:
        there = self._ledger.account(name)
        if there is not None and not there["active"]:
            raise WrongLinkError("the account is closed", mend="Ask the administrator.")
        if there is not None:  # a new password, and nothing else: the role is the account's own
            self.set_password(name, password)
            return person_of(there)
        return self.add(name, password, role=row["role"], prefix=row["prefix"] or "", display=display, by=name)

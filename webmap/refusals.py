"""Errors of the service itself; :mod:`webmap.errors` says which status each is."""

from __future__ import annotations

from typing import Any

from geo_grid.errors import GeoGridError


class RefusalError(GeoGridError):
    """The service refuses a request.

    Parameters
    ----------
    message : str
        One sentence that says why.
    mend : str, optional
        What the visitor can do about it.
    retry_after : int, optional
        Seconds after which the same request may be answered.
    **more : object
        Further members of the answer's body.
    """

    def __init__(self, message: str, *, mend: str | None = None, retry_after: int | None = None, **more: Any) -> None:
        super().__init__(message, mend=mend)
        self.retry_after = retry_after
        self.more: dict[str, Any] = more


class SignedOutError(RefusalError):
    """Nobody is signed in."""


class WrongPasswordError(RefusalError):
    """Name and password do not belong together, or the account is closed."""


class WrongLinkError(RefusalError):
    """A one-time link is none, has been used, or is too old."""


class OriginError(RefusalError):
    """A page of another site sent the request."""


class TokenError(RefusalError):
    """The request has not the token of its session (CSRF)."""


class RoleError(RefusalError):
    """The account's role does not do this."""


class PrefixError(RefusalError):
    """The account's codes do not begin like this."""


class ClosedError(RefusalError):
    """Nothing says who may use this address, so nobody may."""


class HostError(RefusalError):
    """The service was asked for under a name that is not its own."""


class TooManyError(RefusalError):
    """More requests than the limit allows."""


class InvalidError(RefusalError):
    """The body or a parameter has not the form that is described."""


class NoRevisionError(RefusalError):
    """A change does not say what it is based on."""


class BadRevisionError(RefusalError):
    """What a change says it is based on is no revision."""


class BadShapeError(RefusalError):
    """A drawn line or polygon cannot be used."""


class TookTooLongError(RefusalError):
    """The work was ended at its time limit."""


class BusyError(RefusalError):
    """Too much work waits already."""


class BadNameError(RefusalError):
    """Nobody can sign in with such a name."""


class OtherNameError(RefusalError):
    """A one-time link is for another name."""


class NoAreasError(RefusalError):
    """No area has a code that begins so."""


class LastAdministratorError(RefusalError):
    """Nobody would be left who manages the accounts of the whole city."""


class TakenError(RefusalError):
    """There is an account of this name."""


class UnknownNameError(RefusalError):
    """There is no account, comment or format of this name."""


class NoVersionError(RefusalError):
    """Nothing was published by that day, or under that number."""


class OutsideError(RefusalError):
    """The place is in no area."""


class ConflictedError(RefusalError):
    """Somebody else changed the area meanwhile."""


class BrokenPromiseError(RefusalError):
    """The change would break what every plan promises."""


class FirstVersionError(RefusalError):
    """The first version holds the whole city."""


class NothingChangedError(RefusalError):
    """The draft is what was published last."""


class UnpublishableError(RefusalError):
    """Faults nobody gave a reason for keep areas from being published."""


class NoFolderError(RefusalError):
    """Nobody said where photos are kept."""


class TooLargeError(RefusalError):
    """A batch is larger than the policy allows; smaller ones are taken."""

"""Bodies of the routes that accounts have."""

from typing import Literal

from pydantic import Field

from webmap.accounts.passwords import LONGEST
from webmap.accounts.people import Role
from webmap.description import Asked, Told, Words

_PASSWORD = Field(min_length=1, max_length=LONGEST)


class Login(Asked):
    """Who signs in."""

    name: str = Field(min_length=1, max_length=64)
    password: str = _PASSWORD


class Welcome(Asked):
    """Who accepts a one-time link."""

    token: str = Field(min_length=1, max_length=200, description="What stands after # in the link")
    name: str = Field("", max_length=64, description="Needed where the link is for nobody in particular")
    display: str = Field("", max_length=80, description="What others see")
    password: str = _PASSWORD


class Link(Asked):
    """A one-time link."""

    token: str = Field(min_length=1, max_length=200, description="What stands after # in the link")


class Invited(Told):
    """Whom a one-time link is for."""

    name: str = Field(description="What they sign in with; empty where whoever opens it may choose")
    account: bool = Field(description="Whether they have an account already, and get a new password only")


class NewPassword(Asked):
    """A change of one's own password."""

    old: str = _PASSWORD
    new: str = _PASSWORD


class Me(Told):
    """Who is signed in."""

    name: str
    display: str
    role: Role
    prefix: str = Field(description="What the codes of one's areas begin with; empty for the whole city")
    csrf: str = Field(description="What changing requests carry in the header X-CSRF-Token")


class User(Told):
    """An account."""

    name: str
    display: str
    role: Role
    prefix: str
    active: bool


class Users(Told):
    """Accounts."""

    users: list[User]


class NewUser(Asked):
    """An account to be made."""

    name: str = Field(min_length=1, max_length=64)
    display: str = Field("", max_length=80)
    role: Literal["planner", "inspector", "administrator"]
    prefix: str = Field("", max_length=32)
    password: str = _PASSWORD


class UserChange(Asked):
    """What changes of an account."""

    display: str | None = Field(None, max_length=80)
    role: Literal["planner", "inspector", "administrator"] | None = None
    prefix: str | None = Field(None, max_length=32)
    active: bool | None = None


class UserPath(Words):
    """An account."""

    name: str = Field(min_length=1, max_length=64)


class NewInvitation(Asked):
    """A one-time link to be made: for a new account, or for a new password of one there is."""

    name: str = Field(min_length=1, max_length=64)
    role: Literal["planner", "inspector", "administrator"]
    prefix: str = Field("", max_length=32)


class Invitation(Told):
    """A one-time link."""

    name: str
    path: str = Field(description="Address below the service; shown once, for only its hash is kept")
    seconds: int = Field(description="How long it is good for")

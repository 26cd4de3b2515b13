"""Who may do what: accounts, sessions, one-time links, and the guard before every route."""

from webmap.accounts.guard import Access, needs, person
from webmap.accounts.people import Person, Role
from webmap.accounts.register import Register, Session

__all__ = ["Access", "Person", "Register", "Role", "Session", "needs", "person"]

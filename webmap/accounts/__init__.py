"""Who may do what: accounts, sessions, one-time links, and the guard before every route."""

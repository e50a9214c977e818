"""Who may do what, and where: accounts, roles, assignments, sign-in.

Words: an *account* is one person's way to sign in; it belongs to a unit, whose administrators look
after it. A *role* is a line of `roles.py`: what one may do, and whether that is bound to a unit, to
an organisation or to nothing. An *assignment* gives an account a role at a unit or an organisation
from a first to a last day. A *first code* is printed, works once, and is exchanged for a password.

States of an account: opened → code issued → in use → closed.
"""

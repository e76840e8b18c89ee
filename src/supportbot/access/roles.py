"""Roles: agent, lead, admin, each including the one before; the operator at the command line may do everything."""

from supportbot.domain.account import Actor, Role
from supportbot.domain.errors import Forbidden, NotSignedIn

#: The command line: whoever can run it can read the database anyway. Its writes are audited under this name.
OPERATOR = Actor(id="operator", name="Operator", role=Role.ADMIN, operator=True)

_RANK = {role: rank for rank, role in enumerate((Role.AGENT, Role.LEAD, Role.ADMIN))}


def may(actor: Actor | None, role: Role) -> bool:
    """Whether *actor* has at least *role*."""
    return actor is not None and (actor.operator or _RANK[actor.role] >= _RANK[role])


def require(actor: Actor | None, role: Role) -> Actor:
    """Return *actor* if it has at least *role*; raise NotSignedIn for nobody, Forbidden for too low a role."""
    if actor is None:
        raise NotSignedIn("Sign in first.")
    if not may(actor, role):
        raise Forbidden(f"This needs the role {role}; {actor.name} is {actor.role}. An admin can change that.")
    return actor

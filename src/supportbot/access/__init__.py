"""Who may do what: roles, passwords, accounts and sessions, customers, rate limits."""

from supportbot.access.accounts import SESSION_HOURS, Access
from supportbot.access.customers import Customers, customer_token
from supportbot.access.limits import Limits, check_limits
from supportbot.access.passwords import Scrypt, check_password, hash_password, verify_password
from supportbot.access.roles import OPERATOR, may, require

__all__ = [
    "OPERATOR",
    "SESSION_HOURS",
    "Access",
    "Customers",
    "Limits",
    "Scrypt",
    "check_limits",
    "check_password",
    "customer_token",
    "hash_password",
    "may",
    "require",
    "verify_password",
]

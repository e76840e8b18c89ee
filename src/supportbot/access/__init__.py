"""Who may do what: roles, passwords, accounts and sessions, customers, rate limits."""

from supportbot.access.accounts import SESSION_HOURS, Access
from supportbot.access.addresses import client_address, is_loopback, is_trusted
from supportbot.access.customers import Customers, customer_token
from supportbot.access.limits import Limits, check_limits, check_person_asked
from supportbot.access.passwords import Scrypt, check_password, hash_password, verify_password
from supportbot.access.roles import OPERATOR, may, require
from supportbot.access.secrets import pseudonym

__all__ = [
    "OPERATOR",
    "SESSION_HOURS",
    "Access",
    "Customers",
    "Limits",
    "Scrypt",
    "check_limits",
    "check_password",
    "check_person_asked",
    "client_address",
    "customer_token",
    "hash_password",
    "is_loopback",
    "is_trusted",
    "may",
    "pseudonym",
    "require",
    "verify_password",
]

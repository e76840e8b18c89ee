"""Walks a route: time-outs, circuits, fallback and reservations, with one ledger entry per attempt."""

from supportbot.dispatch.circuit import Circuits
from supportbot.dispatch.dispatcher import Attempt, CallContext, Dispatcher, Result

__all__ = ["Attempt", "CallContext", "Circuits", "Dispatcher", "Result"]

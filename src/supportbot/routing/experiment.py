"""Which arm of a test a ticket is in: by a stable hash, so it is the same on every turn, process and machine."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from supportbot.domain.deployment import Deployment
from supportbot.domain.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Arm:
    """A variant: its weight in the split, and the deployments it may use (none named: all)."""

    name: str
    weight: float = 1.0
    deployments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Experiment:
    """A named test; raises ConfigurationError unless it has arms with distinct names and weights above zero."""

    name: str
    arms: tuple[Arm, ...]

    def __post_init__(self) -> None:
        if len({arm.name for arm in self.arms}) != len(self.arms) or not self.arms:
            raise ConfigurationError(f"Experiment {self.name}: give it at least one arm, each with a name of its own.")
        if any(arm.weight <= 0 for arm in self.arms):
            raise ConfigurationError(f"Experiment {self.name}: every arm needs a weight above 0.")


def assign(ticket_id: str, experiment: Experiment) -> Arm:
    """Return the arm of *ticket_id*: sticky, independent between experiments, close to the weights in the long run.

    The arms are laid end to end on [0, 1) in the order given; the ticket's point is a 64-bit hash of experiment and
    ticket. Adding an arm therefore moves tickets: end the experiment and name a new one instead.
    """
    digest = hashlib.blake2b(f"{experiment.name}\0{ticket_id}".encode(), digest_size=8).digest()
    point = int.from_bytes(digest, "big") / 2**64 * sum(arm.weight for arm in experiment.arms)
    for arm in experiment.arms:
        point -= arm.weight
        if point < 0:
            return arm
    return experiment.arms[-1]


def of_arm(deployments: Sequence[Deployment], arm: Arm) -> tuple[Deployment, ...]:
    """Return the deployments *arm* may use; all of them when it names none that exist."""
    named = tuple(d for d in deployments if d.name in arm.deployments)
    return named or tuple(deployments)

"""Which tier, which deployments, in what order? Pure functions over domain values."""

from supportbot.routing.choice import LADDER, decide, worth_moving_up
from supportbot.routing.experiment import Arm, Experiment, assign, of_arm
from supportbot.routing.policy import Policy, TypeRule

__all__ = ["LADDER", "Arm", "Experiment", "Policy", "TypeRule", "assign", "decide", "of_arm", "worth_moving_up"]

"""Success heads: P(acceptable) per deployment from stated priors, until outcomes have been learnt."""

import json
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from supportbot.domain.deployment import Deployment

_FLOOR = 0.01
_CEILING = 0.98


def p_acceptable(signals: Mapping[str, float], deployments: Sequence[Deployment]) -> dict[str, float]:
    """Return P(acceptable) by deployment name: a logistic over *signals*, coefficients per tier from `priors.json`.

    The coefficients are stated, not learnt: nothing computed here is certified.
    """
    return {d.name: round(_probability(signals, d), 4) for d in deployments}


def _probability(signals: Mapping[str, float], deployment: Deployment) -> float:
    tiers = priors()["tiers"]
    head = tiers.get(deployment.tier.value, tiers["strong"])
    z = float(head["intercept"])
    for name, coefficient in head["coefficients"].items():
        z += float(coefficient) * signals.get(name, 0.0)
    value = 1.0 / (1.0 + math.exp(-max(min(z, 30.0), -30.0)))
    caps = [float(head["caps"][name]) for name in head["caps"] if signals.get(name, 0.0) >= 1.0]
    return max(_FLOOR, min(value, _CEILING, *caps))


@lru_cache(maxsize=1)
def priors() -> dict[str, Any]:
    """Return the stated priors."""
    return dict(json.loads((files("supportbot.triage") / "data" / "priors.json").read_text("utf-8")))

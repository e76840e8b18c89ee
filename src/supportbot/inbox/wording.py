"""The fixed texts a customer reads when people come and go."""

from functools import cache
from importlib.resources import files

import yaml

from supportbot.domain.phrasebook import Phrasebook


@cache
def phrases() -> Phrasebook:
    """Return the reviewed texts of this package."""
    return Phrasebook(yaml.safe_load((files(__package__) / "texts.yaml").read_text("utf-8")))

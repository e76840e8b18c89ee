"""Questions taken apart: where a joiner is none."""

from supportbot.triage import split_parts


def test_a_plan_named_plus_does_not_cut_a_question() -> None:
    """After "or" and "and", "Plus" is a name and no joiner."""
    whole = "Does Gold or Plus include phone support?"
    assert split_parts(whole, "en") == (whole,)

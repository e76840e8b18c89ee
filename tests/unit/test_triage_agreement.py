"""`supportbot triage` judges as `supportbot ask` acts: the same critical class, the same request for a person."""

from pathlib import Path

import pytest
import yaml
from chatting import Chat

from supportbot.cli.triage import Entry, Judge
from supportbot.ports import StoredDecision
from supportbot.settings import load

HERE = Path(__file__).parent
HELDOUT = yaml.safe_load((HERE / "critical_heldout.yaml").read_text("utf-8"))
PERSONS = yaml.safe_load((HERE / "person_cases.yaml").read_text("utf-8"))
SENTENCES = {
    "critical": [text for texts in HELDOUT["critical"].values() for text in texts[::4]],
    "look-alikes": HELDOUT["lookalikes"][::8],
    "persons": [text for texts in PERSONS["person"].values() for text in texts[::12]],
    "no persons": PERSONS["no_person"][::6],
    "second thoughts": [
        "forget that, my lawyer will sue you",
        "never mind, get me a human",
        "I want a human. Forget that, how long does standard delivery take?",
        "hat sich erledigt, ich will mit einem Menschen sprechen",
    ],
}


def decided(chat: Chat, ticket_id: str) -> StoredDecision:
    return chat.app.store.read(lambda tx: tx.decisions([ticket_id]))[-1]


@pytest.mark.parametrize("kind", SENTENCES)
def test_both_commands_see_the_same_matter_and_send_it_to_the_same_place(chat: Chat, kind: str) -> None:
    """Each sentence as the first of a customer."""
    judge = Judge.of(load(environ={}))
    differing = []
    for number, text in enumerate(SENTENCES[kind]):
        foreseen = judge.judge(Entry(number, text, ()))
        customer = chat.stage.customer(f"Customer {number}")
        ticket_id = chat.stage.ask(customer, text).ticket_id
        stored = decided(chat, ticket_id)
        critical, guard = stored.assessment.critical, stored.assessment.guard
        acted = (critical and critical.value, guard and guard.value, stored.decision.tier == "human")
        said = (foreseen["critical"], foreseen["guard"], foreseen["tier"] == "human")
        if acted != said:
            differing.append((text, said, acted))
    assert differing == []

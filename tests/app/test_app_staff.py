"""The pages of people in support, and who may see them."""

import csv
import io
from collections.abc import Callable

import pytest

from supportbot import bootstrap
from supportbot.access import customer_token
from supportbot.domain.account import Actor, Role
from supportbot.domain.ticket import Owner, Status
from supportbot.savings import Assumptions, SavingsFilter
from supportbot.ui.components import behind
from supportbot.ui.visiting import Visitor, shown

Ask = Callable[[str, str], str]
Staff = Callable[..., tuple[Visitor, Actor]]


@pytest.mark.parametrize("cookies", [{}, {"sb_session": "forged"}, {"sb_session": "x" * 43}])
def test_without_a_session_there_is_only_the_customers_page(desk: bootstrap.App, cookies: dict[str, str]) -> None:
    """No staff page can be reached, whatever the cookie says; the door says where to sign in."""
    visitor = Visitor(cookies)
    for page in ("inbox", "savings", "demo"):
        with pytest.raises(ValueError, match="Could not find a navigation page"):
            Visitor(cookies, page).look()
    door = visitor.run(visitor.look().switch_page("views/door.py"))
    assert "account/sign-in" in shown(door)


def test_an_agent_sees_the_inbox_and_not_the_savings(staff: Staff) -> None:
    """Savings are for leads."""
    ben, _ = staff("inbox", "Ben Okafor", Role.AGENT)
    assert "Nobody is waiting" in shown(ben.look())
    ben.page = "savings"
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        ben.look()


def test_a_session_that_ends_closes_the_page(desk: bootstrap.App, staff: Staff) -> None:
    """The role is asked of the database on every run."""
    ana, _ = staff("inbox")
    page = ana.look()
    desk.access.sign_out(ana.cookies["sb_session"])
    ana.run(page)
    assert "Inbox" not in shown(page)


def test_a_case_is_claimed_answered_and_resolved(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """The whole way of a case through the page."""
    ticket_id = asked(customer_id, "I want to talk to a human")
    ana, actor = staff("inbox")
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    assert "Why it came to you" in shown(page)
    page.button(key=f"claim-{ticket_id}").click()
    ana.run(page)
    assert desk.inbox.open(actor, ticket_id).mine
    page.text_area(key=f"draft-{ticket_id}").set_value("Hello, I am Ana.")
    page.button(key=f"send-{ticket_id}").click()
    ana.run(page)
    assert desk.inbox.open(actor, ticket_id).messages[-1].text == "Hello, I am Ana."
    assert page.text_area(key=f"draft-{ticket_id}").value == ""
    page.button(key=f"resolve-{ticket_id}").click()
    ana.run(page)
    assert desk.inbox.open(actor, ticket_id).ticket.status is Status.RESOLVED


def test_a_refusal_is_one_line_and_the_draft_stays(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """Somebody else was faster: no traceback, nothing lost."""
    ticket_id = asked(customer_id, "I want to talk to a human")
    ana, _ = staff("inbox")
    _, ben = staff("inbox", "Ben Okafor", Role.AGENT)
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    page.text_area(key=f"draft-{ticket_id}").set_value("My thoughts so far")
    ana.run(page)
    desk.inbox.claim(ben, ticket_id)
    page.button(key=f"claim-{ticket_id}").click()
    ana.run(page)
    assert "Ben Okafor claimed this first." in shown(page)
    assert page.text_area(key=f"draft-{ticket_id}").value == "My thoughts so far"


def test_a_draft_waits_while_its_case_is_closed(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """A half sentence is still there when the case is opened again."""
    first = asked(customer_id, "I want to talk to a human")
    ana, actor = staff("inbox")
    desk.inbox.claim(actor, first)
    page = ana.look()
    page.button(key=f"pick-{first}").click()
    ana.run(page)
    page.text_area(key=f"draft-{first}").set_value("Half a sentence")
    ana.run(page)
    page.button(key="leave").click()
    ana.run(page)
    page.button(key=f"pick-{first}").click()
    ana.run(page)
    assert page.text_area(key=f"draft-{first}").value == "Half a sentence"


def test_without_the_claim_only_notes_can_be_written(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """The customer does not see the note."""
    ticket_id = asked(customer_id, "I want to talk to a human")
    ana, _ = staff("inbox")
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    page.text_area(key=f"draft-{ticket_id}").set_value("Known problem")
    page.button(key=f"send-{ticket_id}").click()
    ana.run(page)
    assert "Known problem" in shown(page)
    assert all("Known problem" not in m.text for m in desk.customers.view(customer_id).messages)


def test_the_suggested_reply_is_inserted_without_marks(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """Marks mean nothing to a customer who gets a person's words."""
    ticket_id = asked(customer_id, "How long does standard delivery take? I want to talk to a human")
    ana, actor = staff("inbox")
    desk.inbox.claim(actor, ticket_id)
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    page.button(key="insert").click()
    ana.run(page)
    draft = page.text_area(key=f"draft-{ticket_id}").value
    assert draft
    assert "[1]" not in draft


def test_hidden_data_are_revealed_to_who_has_the_case(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """The look is in the audit log."""
    ticket_id = asked(customer_id, "I want to talk to a human, write to lea@example.com")
    ana, actor = staff("inbox")
    desk.inbox.claim(actor, ticket_id)
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    assert "lea@example.com" not in shown(page)
    next(b for b in page.button if b.label.startswith("Reveal")).click()
    ana.run(page)
    assert "lea@example.com" in shown(page)
    assert any("reveal" in entry.action for entry in desk.store.read(lambda tx: tx.audit()))


def test_a_case_goes_back_to_the_assistant(desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff) -> None:
    """Hand back, from the packet's actions."""
    ticket_id = asked(customer_id, "I want to talk to a human")
    ana, actor = staff("inbox")
    desk.inbox.claim(actor, ticket_id)
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    page.button(key=f"handback-{ticket_id}").click()
    ana.run(page)
    assert desk.inbox.open(actor, ticket_id).ticket.owner is Owner.BOT


def test_before_the_first_question_the_savings_say_so(staff: Staff) -> None:
    """An empty ledger is no error."""
    ana, _ = staff("savings")
    assert "No conversations yet" in shown(ana.look())


def test_a_figure_opens_to_the_conversations_behind_it(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """The sum shown with them is the figure."""
    asked(customer_id, "How long does standard delivery take?")
    ana, actor = staff("savings")
    page = ana.look()
    words = shown(page)
    assert "Simulated list prices" in words
    assert "Not enough outcomes yet" in words
    page.button(key="open-tier-fast").click()
    ana.run(page)
    behind_it = desk.savings.tickets(SavingsFilter(), Assumptions(), "tier:fast", actor=actor)
    assert behind.amount(behind_it.figure_amount, behind_it.unit) in shown(page)
    assert "1 conversation" in shown(page)


def rated(desk: bootstrap.App, asked: Ask, many: int) -> None:
    """Let *many* customers find the same answer helpful, each in a conversation of their own."""
    for _ in range(many):
        customer_id = desk.access.enrol(customer_token()).id
        asked(customer_id, "How long does standard delivery take?")
        desk.customers.rate(customer_id, desk.customers.view(customer_id).messages[-1].id, True)


@pytest.mark.parametrize(("many", "words"), [(1, "too few to be sure, n = 1"), (30, "95% sure: ")])
def test_beside_what_a_tier_saved_stands_whether_customers_were_satisfied(
    desk: bootstrap.App, asked: Ask, staff: Staff, many: int, words: str
) -> None:
    """With its n; below thirty it says that they are too few; both figures open to their conversations."""
    rated(desk, asked, many)
    ana, actor = staff("savings")
    page = ana.look()
    said = shown(page)
    assert "100% of customers replied" in said
    assert words in said
    assert "nobody said" in said
    for key, name in (
        ("satisfied-fast", "satisfied:fast"),
        ("tier-fast-saved-all-strong", "tier:fast/saved:all_strong"),
    ):
        page.button(key=f"open-{key}").click()
        ana.run(page)
        behind_it = desk.savings.tickets(SavingsFilter(), Assumptions(), name, actor=actor)
        assert behind_it.tickets == many
        assert f"sum {behind.amount(behind_it.page_amount, behind_it.unit)} of" in shown(page)


def test_assumptions_move_the_figures_at_once(desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff) -> None:
    """Compared with people, the same answers save something else."""
    asked(customer_id, "How long does standard delivery take?")
    ana, _ = staff("savings")
    page = ana.look()
    assert "Saved against all-strong" in shown(page)
    page.selectbox(key="against").select_index(1)
    ana.run(page)
    assert "Saved against all-human" in shown(page)


def test_a_story_is_played_step_by_step(staff: Staff) -> None:
    """Each step acts on the real engine; the windows follow."""
    ana, _ = staff("demo")
    page = ana.look()
    for _ in range(3):
        page.button(key="step").click()
        ana.run(page)
    assert "Step 3 of 6" in shown(page)
    assert "Juniper assistant" in shown(page)


def test_the_export_holds_every_conversation_of_a_figure(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """One row for each, whole micro-dollars, and their sum is the figure."""
    asked(customer_id, "How long does standard delivery take?")
    _, actor = staff("savings")
    raw = behind.export(actor, SavingsFilter(), Assumptions(), "model").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(raw)))
    figure = desk.savings.tickets(SavingsFilter(), Assumptions(), "model", actor=actor).figure_amount
    assert sum(int(row["adds"]) for row in rows) == figure


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x"])
def test_no_exported_cell_is_a_formula(text: str) -> None:
    """Spreadsheets would run it."""
    assert behind.cell(text) == f"'{text}"


def test_a_reason_typed_right_before_the_click_goes_with_the_transfer(
    desk: bootstrap.App, customer_id: str, asked: Ask, staff: Staff
) -> None:
    """Words and click arrive together; the words count."""
    ticket_id = asked(customer_id, "I want to talk to a human")
    ana, actor = staff("inbox")
    _, ben = staff("inbox", "Ben Okafor", Role.AGENT)
    desk.inbox.claim(actor, ticket_id)
    page = ana.look()
    page.button(key=f"pick-{ticket_id}").click()
    ana.run(page)
    page.text_input(key=f"towhy-{ticket_id}").set_value("Ben knows invoices")
    page.button(key=f"dotransfer-{ticket_id}").click()
    ana.run(page)
    case = desk.inbox.open(ben, ticket_id)
    assert case.ticket.agent_id == ben.id
    assert any("Ben knows invoices" in m.text for m in case.messages)

"""Three stories for the page, each a row of steps through the real use cases, and the player that takes them."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from supportbot.demo import telling
from supportbot.demo.scene import Counters, Scene
from supportbot.demo.stage import StageMaker
from supportbot.engine.views import Conversation
from supportbot.inbox.views import Case

_WEEK_S = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a story: what the page says before, what happens, and how the store tells it afterwards.

    A turn runs as one piece, so a step may hold the pictures back: the turn has run, but the page still shows the
    conversation and the costs of the moment before, while the step tells what triage decided in between.
    """

    label: str
    detail: str
    act: Callable[[Scene], None]
    told: Callable[[Scene], telling.Told]
    held: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """A story as the page offers it."""

    title: str
    blurb: str
    steps: tuple[Step, ...]
    customer: str = "Lea Marchetti"
    agent: str = "Ana Lindqvist"


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as the page draws it. Money in micro-dollars, models at list price and people together."""

    label: str
    detail: str
    cost_microusd: int  #: what this step added
    so_far_microusd: int  #: what the story has cost up to and with it; 0 while not done
    done: bool


class StoryPlayer:
    """Plays one story on a stage of its own, step by step. Close it when the page leaves it."""

    def __init__(self, make: StageMaker, story: Story) -> None:
        self.story = story
        stage = make(False)
        self._scene = Scene(stage, stage.customer(story.customer), stage.agent(story.agent))
        self._played: list[StepView] = []
        self._lock = Lock()
        self._closed = False
        self._show()

    @property
    def place(self) -> int:
        """How many steps are done."""
        return len(self._played)

    @property
    def done(self) -> bool:
        """Whether the last step was taken."""
        return self.place == len(self.story.steps)

    @property
    def steps(self) -> tuple[StepView, ...]:
        """Every step: those taken as the store tells them, the others as planned."""
        planned = self.story.steps[self.place :]
        return (*self._played, *(StepView(s.label, s.detail, 0, 0, False) for s in planned))

    def step(self) -> bool:
        """Take the next step; False when there is none left, or the player is closed. Safe between threads."""
        with self._lock:
            if self.done or self._closed:
                return False
            self._take(self.story.steps[self.place])
            return True

    def _take(self, step: Step) -> None:
        step.act(self._scene)
        before = self._counters.spent
        if not step.held:
            self._show()
        label, detail = step.told(self._scene)
        spent = self._counters.spent
        self._played.append(StepView(label, detail, spent - before, spent, True))

    def customer_view(self) -> Conversation:
        """What the customer sees at this step."""
        return self._view

    def agent_case(self) -> Case | None:
        """What the agent sees at this step; None while the ticket is no matter for people."""
        return self._case

    def counters(self) -> tuple[int, int, int]:
        """People, models at list price, and what all-strong would be, micro-dollars so far."""
        now = self._counters
        return now.people_microusd, now.models_microusd, now.all_strong_microusd

    def close(self) -> None:
        """Take the stage down; what was shown last stays readable."""
        with self._lock:
            self._closed = True
            self._scene.stage.close()

    def _show(self) -> None:
        self._view: Conversation = self._scene.view()
        self._case: Case | None = self._scene.case()
        self._counters: Counters = self._scene.counters()


def _writes(text: str) -> Step:
    return Step("Lea writes", "in her own words", lambda s: s.writes(text), telling.wrote)


def _triage(label: str, detail: str) -> Step:
    return Step(label, detail, lambda s: s.turn_runs(), telling.judged, held=True)


def _tells(label: str, detail: str, told: Callable[[Scene], telling.Told]) -> Step:
    """A step in which nobody acts: the page catches up with what has happened."""
    return Step(label, detail, lambda _: None, told)


def _insists(text: str) -> Step:
    def act(scene: Scene) -> None:
        scene.time_passes(40)
        scene.writes(text)
        scene.turn_runs()

    return Step("Lea wants more", "and says so", act, telling.insisted)


_NOTES = _tells("Notes are prepared", "everything on one screen", telling.packed)
_JOINS = Step("Ana takes over", "a few minutes of her time", lambda s: s.claims(75), telling.joined)


def _replies(text: str) -> Step:
    return Step("Ana replies", "Lea sees it at once", lambda s: s.replies(text, 190), telling.replied)


WHERE_IS_MY_ORDER = Story(
    "Where is my order",
    "Most questions are simple. The cheap model answers at once, and the answer is checked before it is shown.",
    (
        _writes("Where can I see where my order is?"),
        _triage("Triage", "how hard, how risky?"),
        _tells("A model answers", "from the articles", telling.answered),
        _tells("The answer is checked", "every sentence has a source", telling.checked),
        Step("Lea says it helped", "counted as confirmed", lambda s: s.rates(True), telling.helped),
        Step("Not back in 7 days", "then it counts as durable", lambda s: s.time_passes(_WEEK_S + 60), telling.lasted),
    ),
)

WHAT_IS_MY_PLAN_WORTH = Story(
    "What is my plan worth",
    "Two questions in one go to the stronger model. When that is not enough, a person has everything at hand.",
    (
        _writes("What does Gold cost, and does it include phone support?"),
        _triage("Triage", "two parts are harder"),
        _tells("A model answers", "both parts", telling.answered),
        _tells("The answer is checked", "sentence by sentence", telling.checked),
        _insists("That does not tell me whether Gold pays off for me. I want to talk to a person."),
        _NOTES,
        _JOINS,
        _replies(
            "Hello Lea, you paid for express delivery eleven times this year: €53.90 on top of Plus. Gold is €50 more "
            "a year and includes it, so for you it just pays off."
        ),
        Step("Solved", "and Lea may rate it", lambda s: s.resolves(45), telling.solved),
        Step("Lea rates it", "1 to 5", lambda s: s.scores(5), telling.scored),
    ),
)

ACCOUNT_TAKEN_OVER = Story(
    "Account taken over",
    "A risky question never gets an automatic answer. It reaches a person with everything prepared.",
    (
        _writes("Someone hacked my account, changed my e-mail and ordered two phones! I can't get in."),
        _triage("Triage", "how hard, how risky?"),
        _tells("Straight to people", "first in the queue", telling.queued),
        _NOTES,
        _JOINS,
        _replies(
            "I am on it, Lea. Both orders are stopped and the account is locked. To give it back to you I need the "
            "postcode and the order number of something you bought before today."
        ),
        Step("Solved", "security: no rating is asked for", lambda s: s.resolves(120), telling.solved),
    ),
)

#: In the order of the page.
STORIES = (WHERE_IS_MY_ORDER, WHAT_IS_MY_PLAN_WORTH, ACCOUNT_TAKEN_OVER)

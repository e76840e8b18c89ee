"""The prompt as providers send it: what goes in comes out, whatever the customer typed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.errors import BadInput
from supportbot.domain.prompt import Prompt, PromptPassage, data, instructions, read_data

PASSAGE = st.builds(
    PromptPassage, st.integers(1, 99), st.text(), st.text(), st.text(), st.sampled_from(["en", "de", "es"]), st.text()
)
PROMPT = st.builds(
    Prompt,
    question=st.text(),
    language=st.sampled_from(["en", "de", "es"]),
    passages=st.lists(PASSAGE, max_size=4).map(tuple),
    parts=st.lists(st.text(), max_size=4).map(tuple),
    summary=st.text(),
    avoid=st.lists(st.text(), max_size=3).map(tuple),
)


@given(PROMPT)
def test_the_data_message_reads_back_as_the_prompt_it_was_written_from(prompt: Prompt) -> None:
    """No text in any field can end the field, begin another, or get lost."""
    assert read_data(data(prompt)) == prompt


@given(PROMPT)
def test_the_instructions_hold_nothing_of_the_customer(prompt: Prompt) -> None:
    """Two prompts that differ only in data have the same instructions."""
    assert instructions(prompt) == instructions(
        replace(prompt, question="", passages=(), parts=(), summary="", avoid=())
    )


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", '{"question": 1}', '{"question": "q", "passages": [{}]}'])
def test_anything_else_is_refused_with_one_clear_error(text: str) -> None:
    """A provider that is handed no data document says so."""
    with pytest.raises(BadInput, match="JSON document"):
        read_data(text)

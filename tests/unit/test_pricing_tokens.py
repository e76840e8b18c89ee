"""Token counts without a network: from a checked file, else an estimate."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.pricing import PriceBook
from supportbot.pricing.tokens import FILE_NAME, estimate, load


def test_a_missing_tokenizer_means_an_estimate(tmp_path: Path) -> None:
    """Nothing is fetched: the estimate is used."""
    assert load(tmp_path) is None
    assert PriceBook(tokenizer_dir=tmp_path).count_tokens("How long does delivery take?") == estimate(
        "How long does delivery take?"
    )


def test_a_damaged_tokenizer_is_not_used(tmp_path: Path) -> None:
    """tiktoken itself would delete the file and download it again."""
    (tmp_path / FILE_NAME).write_bytes(b"not a table")
    assert load(tmp_path) is None
    assert (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize(
    ("text", "known"),
    [  # counts of o200k_base
        ("Hello, world!", 4),
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("¿Cuánto tarda el envío estándar a Canarias? Todavía no he recibido mi pedido. ¡Gracias!", 20),
        ("你好，我想知道标准配送需要多长时间？我的订单号是5521934410，谢谢。", 21),
        ("1234567890", 4),
        ("", 0),
    ],
)
def test_the_estimate_leans_upwards(text: str, known: int) -> None:
    """Never below the tokenizer's count on ordinary text, and not twice it."""
    assert known <= estimate(text) <= 2 * known


@given(st.text(), st.text())
def test_the_estimate_grows_with_the_text(one: str, two: str) -> None:
    """Counting never fails, whatever a customer types, and more text is never fewer tokens."""
    assert 0 <= estimate(one) <= estimate(f"{one} {two}")

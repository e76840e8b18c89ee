"""Personal data never survive masking."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.iban import calc_check_digits
from stdnum.luhn import calc_check_digit

from supportbot.domain.assessment import DatumKind
from supportbot.triage import cut, mask, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "My card is 4111 1111 1111 1111 exp 12/27 cvv 123, why was it declined?",
            "My card is [card] exp 12/27 cvv [cvv], why was it declined?",
        ),
        ("card 4111-1111 -1111.1111", "card [card]"),
        ("My wife's passport number is X1234567", "My wife's passport number is [national id]"),
        ("my DNI is 12345678Z", "my DNI is [national id]"),
        ("SSN 078-05-1120", "SSN [national id]"),
        ("my social security number is 853-37-1694", "my social security number is [national id]"),
        ("Meine Personalausweisnummer lautet L01X00T471", "Meine Personalausweisnummer lautet [national id]"),
        ("a@b.com, c@d.org, A@B.com", "[email 1], [email 2], [email 1]"),
        ("call +49 170 1234567 or (555) 123-4567", "call [phone 1] or [phone 2]"),
        ("ruf mich an: 0171 2345678", "ruf mich an: [phone 1]"),
        ("DE89 3704 0044 0532 0130 00 please", "[IBAN 1] please"),
    ],
)
def test_personal_data_become_placeholders(text: str, expected: str) -> None:
    """Each kind is replaced by its placeholder; the same value keeps its number."""
    assert mask(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "order 5521934410 has not arrived",
        "Bestellung 5521934410",
        "invoice number 2024001234",
        "tracking 00340434161094042557",
        "I paid 1,234.56 on 12.03.2025 at 10:30",
        "my password reset code is late",
    ],
)
def test_numbers_of_things_stay(text: str) -> None:
    """Order, invoice and tracking numbers, amounts and dates are not personal data."""
    assert mask(text).text == text


_brands = st.sampled_from(["4", "51", "55", "2221", "34", "37", "6011", "36"])


@given(
    prefix=_brands,
    body=st.text("0123456789", min_size=14, max_size=14),
    gap=st.sampled_from(["", " ", "-", ".", "  "]),
    around=st.sampled_from(["{}", "my card {} was declined", "Karte: {}.", "({})"]),
)
def test_no_valid_card_survives(prefix: str, body: str, gap: str, around: str) -> None:
    """A card number that passes Luhn is masked, typed together or in groups of four."""
    length = {"3": 14 if prefix == "36" else 15}.get(prefix[0], 16)
    stem = (prefix + body)[: length - 1]
    digits = stem + calc_check_digit(stem)
    masked = mask(around.format(gap.join(digits[i : i + 4] for i in range(0, length, 4))))
    assert "[card]" in masked.text
    assert not any(c.isdigit() for c in masked.text)


@given(account=st.text("0123456789", min_size=18, max_size=18), gap=st.sampled_from(["", " "]))
def test_no_valid_iban_survives(account: str, gap: str) -> None:
    """An IBAN with a right check is masked, typed together or in groups of four."""
    iban = f"DE{calc_check_digits('DE00' + account)}{account}"
    masked = mask(f"pay to {gap.join(iban[i : i + 4] for i in range(0, 22, 4))} today")
    assert masked.text == "pay to [IBAN 1] today"


@given(st.from_regex(r"[a-z][a-z0-9._+-]{0,20}[a-z0-9]@[a-z][a-z0-9-]{0,15}[a-z0-9]\.[a-z]{2,5}", fullmatch=True))
def test_no_email_survives(address: str) -> None:
    """An e-mail address is masked."""
    assert "@" not in mask(f"write to {address} please").text


_pieces = st.sampled_from(
    [
        "4111 1111 1111 1111",
        "cvv 123",
        "a@b.com",
        "+49 170 1234567",
        "passport X1234567",
        "DE89370400440532013000",
        "[card]",
        "[email 1]",
        "order 5521",
        " ",
        "is",
        "1234",
        "078-05-1120",
        "cvv",
        "card",
        "@",
        "IBAN",
        "phone",
    ]
)


@settings(max_examples=200)
@given(st.lists(_pieces | st.text(max_size=8), max_size=10).map(" ".join))
def test_masking_twice_finds_nothing_new(text: str) -> None:
    """Masking a masked text changes nothing."""
    once = mask(text)
    assert mask(once.text).data == ()


def test_data_carry_kind_and_place() -> None:
    """Offsets point into the text as it was."""
    text = "mail a@b.com now"
    (datum,) = mask(text).data
    assert (datum.kind, text[datum.start : datum.end], datum.placeholder) == (DatumKind.EMAIL, "a@b.com", "[email 1]")
    assert "a@b.com" not in repr(mask(text))


@given(st.text(st.characters()))
def test_normalising_is_stable_and_clean(text: str) -> None:
    """Nothing raises, a second pass changes nothing, and no control character is left."""
    once = normalise(text)
    assert normalise(once) == once
    assert not any(ord(c) < 32 and c not in "\n\t" for c in once)
    once.encode()


def test_cutting_keeps_both_ends() -> None:
    """The head and the tail stay, and the number of lost characters is told."""
    text = "start " + "x" * 20_000 + " why does it fail?"
    kept, lost = cut(text)
    assert len(kept) <= 8000
    assert lost == len(text) - (8000 - len("\n[…]\n"))
    assert kept.startswith("start ")
    assert kept.endswith("why does it fail?")

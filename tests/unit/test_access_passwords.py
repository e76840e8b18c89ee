import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.access import Scrypt, check_password, hash_password, verify_password
from supportbot.domain.errors import BadInput

CHEAP = Scrypt(n=16, r=1, p=1)


TYPED = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@given(TYPED, TYPED)
def test_only_the_same_password_opens(password: str, other: str) -> None:
    """Whatever people type, nothing else fits; two hashes of one password differ."""
    stored = hash_password(password, CHEAP)
    assert verify_password(password, stored)
    assert stored != hash_password(password, CHEAP)
    assert verify_password(other, stored) is (other == password)


@given(st.text(max_size=300))
def test_any_text_can_be_hashed(password: str) -> None:
    """Lone surrogates, control characters and excess length included."""
    assert verify_password(password, hash_password(password, CHEAP))


def test_a_hash_keeps_its_own_parameters() -> None:
    """Dearer defaults tomorrow still read what was stored today."""
    stored = hash_password("copper lantern tide", Scrypt(n=32, r=2, p=1))
    assert stored.startswith("scrypt$32$2$1$")
    assert verify_password("copper lantern tide", stored, CHEAP)


def test_same_keys_on_another_system_open_too() -> None:
    """An é in one code point or in two is the same password."""
    assert verify_password("cafe\u0301 con leche", hash_password("caf\u00e9 con leche", CHEAP))


@pytest.mark.parametrize("stored", [None, "", "x", "md5$1$2$3$4$5", "scrypt$a$8$1$eA==$eA=="])
def test_nothing_opens_what_has_no_hash(stored: str | None) -> None:
    """An account without a usable hash cannot be entered, not even with an empty password."""
    assert not verify_password("", stored, CHEAP)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "at least 10 characters"),
        ("x" * 300, "at most 256"),
        ("Password1234", "guess"),
        ("aaaaaaaaaaaa", "guess"),
        ("my lindqvist ana", "must not contain your name"),
        ("xx-ana.lind-xx", "must not contain your name"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, told: str) -> None:
    """The message says what to change."""
    with pytest.raises(BadInput, match=told):
        check_password(password, "Lindqvist", "ana.lind@juniper.shop")


def test_three_words_are_a_good_password() -> None:
    """No rule about digits or signs; a short first name inside is no harm."""
    check_password("banana copper lantern", "Ana", "ana@juniper.shop")

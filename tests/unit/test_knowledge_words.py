"""Words of customers and articles meet: slips, compounds, synonyms, languages."""

from datetime import date
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportbot.domain.passage import Article, Visibility
from supportbot.domain.words import stem as light_stem
from supportbot.domain.words import words
from supportbot.knowledge import Knowledge, readings
from supportbot.knowledge.language import STEMMERS, concepts, fillers, marked, opened, stem, surfaces
from supportbot.knowledge.meanings import Meanings, Said, rows
from supportbot.knowledge.vocabulary import Vocabulary, one_slip

SHOP = Vocabulary(["password", "change", "packing", "delivery", "address", "card", "gift", "liefer", "adresse"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pasword", ("password",)),
        ("passsword", ("password",)),
        ("passwrod", ("password",)),
        ("passqord", ("password",)),
        ("chnge", ("change",)),
        ("delivary", ("delivery",)),
        ("parking", ()),
        ("cord", ("card",)),
        ("cnrd", ()),
        ("assword", ()),
        ("pas", ()),
        ("", ()),
        ("p4ssword", ()),
    ],
)
def test_one_slip_is_forgiven(typed: str, meant: tuple[str, ...]) -> None:
    """A likely slip finds the word; another real word, a wrong first letter or a short word does not."""
    assert SHOP.nearest(typed) == meant


@given(st.text("abcdefg", min_size=1, max_size=8), st.text("abcdefg", min_size=1, max_size=8))
def test_a_slip_is_mutual(one: str, other: str) -> None:
    """Order does not matter, and a word is no slip of itself."""
    assert one_slip(one, other) == one_slip(other, one)
    assert not one_slip(one, one)


@given(st.text("abcdefg", min_size=4, max_size=10), st.integers(0, 9))
def test_a_dropped_or_doubled_letter_is_always_a_slip(word: str, at: int) -> None:
    """Every single deletion and doubling is recognised."""
    at %= len(word)
    assert one_slip(word[:at] + word[at + 1 :], word)
    assert one_slip(word[: at + 1] + word[at:], word)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("giftcard", ("gift", "card")),
        ("lieferadresse", ("liefer", "adresse")),
        ("giftscard", ("gift", "card")),
        ("carpet", ()),
        ("gift", ()),
        ("", ()),
    ],
)
def test_a_run_together_word_is_taken_apart(word: str, parts: tuple[str, ...]) -> None:
    """Only where both parts are known words."""
    assert SHOP.parts(word) == parts


def test_a_german_compound_carries_its_parts_into_the_index() -> None:
    """`Standardlieferung` is also indexed as what it ends with; English stays as it is."""
    assert set(opened("Standardlieferung", "de").split()) == {"Standardlieferung", "standard", "lieferung"}
    assert opened("Standard delivery", "en") == "Standard delivery"


def test_words_lose_case_and_accents_before_their_endings() -> None:
    """Both spellings of a word reach one stem."""
    assert surfaces("Rückgabe, CONTRASEÑA! don't") == ["ruckgabe", "contrasena", "don", "t"]
    assert stem("suscripcion", "es") == stem(surfaces("suscripción")[0], "es")
    assert {stem(word, "en") for word in ("return", "returns", "returning", "returned")} == {"return"}


def test_every_language_has_a_stemmer_and_fillers() -> None:
    """No language of the front matter is half supported."""
    for language in STEMMERS:
        assert stem("test", language)
        assert len(fillers(language)) >= 40


def test_concepts_join_english_german_and_spanish() -> None:
    """Each concept has words in all three languages, and leads from any to any."""
    listed = rows()
    assert len(listed) >= 440
    for row in listed.values():
        assert set(row) == {"en", "de", "es"}
        assert all(row.values())
    marks = set(concepts().marks(stem("refund", "en"), "en"))
    assert marks & set(concepts().marks(stem("ruckerstattung", "de"), "de"))
    assert marks & set(concepts().marks(stem("reembolso", "es"), "es"))
    assert concepts().marks("tractor", "en") == ()


def test_no_concept_says_a_thing_twice() -> None:
    """Two spellings that are read alike would only cost time: one entry of a row stands for all its forms."""
    for name, row in rows().items():
        for language, entries in row.items():
            read = [tuple(_read(word, language) for word in words(entry)) for entry in entries]
            phrases = [one for one in read if len(one) > 1]
            assert len(phrases) == len(set(phrases)), (name, language)
            assert len(entries) == len({entry.casefold() for entry in entries}), (name, language)


def _read(word: str, language: str) -> str:
    """The form in which a phrase's word is compared: "don't" is another word than "do"."""
    return word.replace("'", "") if word.endswith("n't") else light_stem(word, language)


@pytest.mark.parametrize(
    ("asked", "language", "same"),
    [
        ("it won't let me in", "en", "log in"),
        ("nothing came", "en", "nothing arrived"),
        ("they put me on hold, can i take a break", "en", "pause"),
        ("abgebrochen", "de", "stornieren"),
        ("el paquete no aparece", "es", "no llegado"),
        ("Dachzustellung", "de", "lieferung"),
    ],
)
def test_what_customers_say_means_what_articles_say(asked: str, language: str, same: str) -> None:
    """A turn of phrase carries a mark of the plain word for it."""
    assert set(marked(asked, language).split()) & set(marked(same, language).split())


def test_a_word_of_two_matters_does_not_lead_to_the_wrong_one() -> None:
    """A phrase with small words is not found in another sentence that happens to have them."""
    intruder = set(marked("stranger", "en").split()) - set(marked("account", "en").split())
    assert intruder
    assert not intruder & set(marked("it is not for me", "en").split())


def test_a_phrase_is_found_with_one_word_between_and_in_other_forms() -> None:
    """The longest phrase wins; a phrase that is not there is not found."""
    listed = Meanings({"back": {"en": ["send back"]}, "sooner": {"en": ["send back sooner"]}, "card": {"en": ["card"]}})
    assert listed.phrases(["i", "sent", "it", "sending", "it", "back"], "en") == (Said((3, 5), "back"),)
    assert [one.concept for one in listed.phrases(["send", "back", "sooner"], "en")] == ["sooner"]
    assert listed.phrases(["send", "a", "very", "big", "one", "back"], "en") == ()
    assert listed.of("card", "en") == {"card"}


def test_a_text_is_marked_with_what_its_words_and_phrases_mean() -> None:
    """`postage` and `Versand` carry one mark, and `money back` the mark of a refund."""
    assert set(marked("postage", "en").split()) & set(marked("Versand", "de").split())
    assert set(marked("my money back", "en").split()) >= set(marked("refund", "en").split())
    assert marked("tractor", "en") == ""


def test_confidence_grows_with_every_good_sign() -> None:
    """P(right) moves the right way with each reading, and stays a probability."""
    weighed = {"article", "titles", "passage", "sentence", "sense", "lead", "unknown", "telling"}
    middle = dict.fromkeys(weighed, 0.5)
    for name in weighed:
        lower = readings.Readings(**(middle | {name: 0.1})).confidence
        higher = readings.Readings(**(middle | {name: 0.9})).confidence
        assert 0 < lower < 1
        assert (higher < lower) if name == "unknown" else (higher > lower)


def test_searches_go_on_in_many_threads_while_articles_are_reloaded(tmp_path: Path) -> None:
    """Readers never wait, never fail and never see half a reload."""
    head = "---\ntitle: Delivery\nid: delivery\nlanguage: en\nvisibility: public\nupdated: 2026-11-12\n---\n"
    tmp_path.joinpath("a.md").write_text(head + "Delivery takes 3 days.\n")
    knowledge = Knowledge.open(tmp_path)
    found: list[str] = []

    def ask() -> None:
        for number in range(100):
            found.extend(hit.passage.text for hit in knowledge.search(f"how long is delivery word{number}").hits)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(20):
        tmp_path.joinpath("a.md").write_text(head + f"Delivery takes {number} days.\n")
        assert knowledge.reload()
    for thread in threads:
        thread.join()
    assert len(found) == 800
    assert all(text.startswith("Delivery takes ") and text.endswith(" days.") for text in found)


def test_an_article_in_any_supported_language_is_found() -> None:
    """French, Italian, Portuguese and Dutch articles are searched with their own stems."""
    texts = {
        "fr": ("Délais de livraison", "Les livraisons arrivent en trois jours.", "combien de temps pour la livraison"),
        "it": ("Tempi di consegna", "Le consegne arrivano in tre giorni.", "quanto dura la consegna"),
        "pt": ("Prazo de entrega", "As entregas chegam em três dias.", "quanto demora uma entrega"),
        "nl": ("Levertijd", "De bezorging duurt drie dagen.", "hoe lang duurt de bezorging"),
    }
    articles = [
        Article(code, title, code, Visibility.PUBLIC, date(2026, 11, 12), "v", body)
        for code, (title, body, _) in texts.items()
    ]
    knowledge = Knowledge(articles)
    for code, (_, _, question) in texts.items():
        assert knowledge.search(question, language=code).hits[0].passage.article_id == code

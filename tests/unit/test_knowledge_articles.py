"""The sample company's articles: consistent, and found by the questions customers ask."""

import re
from datetime import date
from pathlib import Path

import pytest

from supportbot.domain.passage import Visibility
from supportbot.knowledge import Knowledge, check, cut, load

FOLDER = Path(__file__).parents[2] / "knowledge"
SURE = 0.5

#: What customers ask, in their words, and the article that answers it.
ANSWERED = [
    ("How long does standard delivery take?", "standard-delivery"),
    ("hw do i chnge my pasword thx", "password"),
    ("refund time?", "when-refunds-arrive"),
    ("How do I download an invoice?", "invoices"),
    ("need to change the address on an order placed yesterday", "changing-an-order"),
    ("does my warranty still hold if I leave the country?", "warranty"),
    (
        "What is the difference between pausing and cancelling my plan, and which one keeps my data?",
        "pausing-a-membership",
    ),
    ("Why is there a 1.20 fee on my invoice?", "invoice-fees"),
    ("Someone used my card on your site. Three payments I never made!", "account-security"),
    ("Delete all the data you have about me.", "privacy"),
    ("why the f*** can't I log in", "signing-in"),
    ("What is the fee for the Gold plan?", "membership-plans"),
    ("does the Gold plan include phone support?", "membership-plans"),
    ("how do I switch to the Gold plan?", "switching-plans"),
    ("How do I return shoes?", "returning-an-item"),
    ("is your Berlin shop open tomorrow?", "shops"),
    ("¿Cómo puedo cancelar mi suscripción y recuperar el dinero?", "cancelar-membresia"),
    ("mera refund kab aayega bhai, 10 din ho gaye", "when-refunds-arrive"),
    ("Can you email me when it ships?", "order-notifications"),
    ("My card is [card 1], why was it declined?", "paying"),
    ("WHERE IS MY ORDER???", "track-an-order"),
    ("my parcel is late", "track-an-order"),
    ("I was charged €49 twice", "pending-and-double-charges"),
    ("My membership renewed yesterday and I wanted to cancel. Do I get my money back?", "cancelling-a-membership"),
    ("I got order 88214 as a gift in October. Can I still return it?", "returning-gifts"),
    ("Blender stopped after two weeks", "warranty"),
    ("Can I move my membership to my wife?", "switching-plans"),
    ("Gift card says already used", "gift-cards"),
    ("Invoice with VAT number needed", "invoices"),
    ("express shipping price", "express-delivery"),
    ("can i get it tomorrow", "express-delivery"),
    ("cancel my order", "cancelling-an-order"),
    ("wrong item received", "damaged-or-wrong-item"),
    ("which payment methods do you take", "paying"),
    ("do you ship to Spain", "standard-delivery"),
    ("is delivery free", "standard-delivery"),
    ("what are your customer service hours", "talking-to-a-person"),
    ("are you open on sunday", "shops"),
    ("my account got locked", "signing-in"),
    ("how long is a giftcard valid", "gift-cards"),
    ("Wie lange dauert die Lieferung?", "standardlieferung"),
    ("Wie kündige ich mein Abo?", "mitgliedschaft-kuendigen"),
    ("Wann kommt meine Rückerstattung?", "when-refunds-arrive"),
    ("Wie ändere ich mein Passwort?", "password"),
    ("¿Cuánto tarda el envío estándar?", "entrega-estandar"),
    ("¿Cómo cambio mi contraseña?", "password"),
    ("¿Puedo devolver un regalo?", "returning-gifts"),
    ("Kann ich meine Mitgliedschaft pausieren?", "pausing-a-membership"),
    ("when will I get my money back for a return", "when-refunds-arrive"),
    ("how do i send something back", "returning-an-item"),
    ("how many days do I have to send something back", "returning-an-item"),
    ("what does plus cost per year", "membership-plans"),
    ("tracking says delivered but I have nothing", "track-an-order"),
    ("my item arrived broken", "damaged-or-wrong-item"),
    ("forgot pasword", "password"),
    ("how to delete my account", "privacy"),
    ("opening hours hamburg", "shops"),
    ("Wo ist mein Paket?", "wo-ist-mein-paket"),
    ("¿Dónde está mi pedido?", "donde-esta-mi-pedido"),
    ("Ist der Laden in Berlin morgen offen?", "shops"),
    ("Do I have to pay for returns?", "returning-an-item"),
    ("How do I turn on two-step sign-in?", "account-security"),
    ("can i pick up my order in the store", "shops"),
    ("how do i upgrade from plus to gold", "switching-plans"),
]

#: Asked in words that the articles do not repeat, and in two other languages.
PARAPHRASED = [
    ("how quick is normal shipping", "standard-delivery"),
    ("do you deliver to france", "standard-delivery"),
    ("minimum order for free shipping", "standard-delivery"),
    ("can my package be here by tomorrow if i pay extra", "express-delivery"),
    ("what's the cutoff time for next day", "express-delivery"),
    ("my tracking hasn't updated", "track-an-order"),
    ("the courier says it was delivered but it's not here", "track-an-order"),
    ("i want to send these trousers back", "returning-an-item"),
    ("what's your return policy", "returning-an-item"),
    ("can i swap for a bigger size", "returning-an-item"),
    ("still waiting for my refund to show up", "when-refunds-arrive"),
    ("paypal refund how many days", "when-refunds-arrive"),
    ("reset password email not arriving", "password"),
    ("what are the password requirements", "password"),
    ("stop my subscription from renewing", "cancelling-a-membership"),
    ("do i lose my wish list if i cancel", "cancelling-a-membership"),
    ("can i freeze my plan for two months", "pausing-a-membership"),
    ("what do i get with gold", "membership-plans"),
    ("is there a phone line for gold members", "membership-plans"),
    ("go from gold back to plus", "switching-plans"),
    ("i need a PDF of my bill", "invoices"),
    ("add our VAT id to the invoice", "invoices"),
    ("what's this handling charge on my bill", "invoice-fees"),
    ("bank shows the same payment two times", "pending-and-double-charges"),
    ("my visa was rejected at checkout", "paying"),
    ("do you take american express", "paying"),
    ("somebody hacked me", "account-security"),
    ("got a phishing mail pretending to be you", "account-security"),
    ("too many wrong attempts, locked out", "signing-in"),
    ("verification code never comes", "signing-in"),
    ("toaster died after one year", "warranty"),
    ("is water damage covered", "warranty"),
    ("check gift card balance", "gift-cards"),
    ("does the voucher expire", "gift-cards"),
    ("where's the shop in Hamburg", "shops"),
    ("what time do you close on christmas eve", "shops"),
    ("i want a copy of everything you store about me", "privacy"),
    ("when can i talk to someone", "talking-to-a-person"),
    ("notify me by sms when it's delivered", "order-notifications"),
    ("typed the wrong street, order just placed", "changing-an-order"),
    ("ordered twice by accident, cancel one", "cancelling-an-order"),
    ("glass was smashed when I opened the box", "damaged-or-wrong-item"),
    ("one thing is missing from the box", "damaged-or-wrong-item"),
    ("return a christmas gift without receipt", "returning-gifts"),
    ("Was kostet Express?", "express-delivery"),
    ("Meine Karte wurde abgelehnt", "paying"),
    ("Wie lange habe ich Garantie?", "warranty"),
    ("Kann ich die Lieferadresse ändern?", "changing-an-order"),
    ("Wo finde ich meine Rechnung?", "invoices"),
    ("olvidé mi contraseña", "password"),
    ("me han cobrado dos veces", "pending-and-double-charges"),
    ("¿A qué hora abre la tienda de Berlín?", "shops"),
    ("quiero devolver unos zapatos", "returning-an-item"),
    ("¿Cuánto cuesta el plan Gold?", "membership-plans"),
    ("recieved a brocken item", "damaged-or-wrong-item"),
    ("cancle membershp", "cancelling-a-membership"),
    ("delivry adress chnge", "changing-an-order"),
]

#: Near the business, or far from it, but in no article.
UNANSWERED = [
    "Can I pay with bitcoin?",
    "Do you sell tractors?",
    "Do you support SAML with Okta group sync?",
    "Can you recommend a good lawyer for this?",
    "Write me a poem about Docker",
    "Do you have vegan leather sofas?",
    "Can I rent a bike at your store?",
    "What is your stock price?",
    "Do you offer student discounts?",
    "Can I become a supplier?",
    "Are you hiring?",
    "Do you have an API for orders?",
    "Can I change the colour of the app theme?",
    "Is there an Android widget?",
    "Do you plant trees for every order?",
    "What is the carbon footprint of express delivery?",
    "Can I insure my parcel against theft?",
    "Do you install washing machines?",
    "Can I pay in instalments over 12 months?",
    "Does the blender work with 110 volts?",
    "What is the weather in Berlin?",
    "Who won the world cup?",
    "Do you offer a wedding registry?",
    "Can my dog come into the Berlin shop?",
    "Is there parking at the Hamburg shop?",
    "How do I connect my lamp to Alexa?",
    "Can I get engraving on my gift?",
    "Do you deliver to Antarctica by drone?",
    "Do you have a loyalty points program?",
    "Which CEO runs Juniper?",
    "Verkauft ihr Traktoren?",
    "¿Puedo pagar con bitcoin?",
    "Gibt es Studentenrabatt?",
    "Do you price match Amazon?",
    "Can I schedule the delivery for 7pm on Friday?",
    "Is the cookware dishwasher safe?",
    "Can I export my orders to Excel?",
    "how do I merge two accounts",
    "Do you accept cheques?",
    "Can I trade in my old phone?",
    "Do you have a mobile game?",
    "Can I sell my own products on Juniper?",
    "What materials are your sheets made of?",
    "Do you offer gift wrapping?",
    "Is there a senior discount?",
    "Can I get a quote for 500 mugs?",
    "Does the vacuum come with spare bags?",
    "Is the lamp compatible with E14 bulbs?",
    "Do you donate to charity?",
    "Can I leave a product review?",
    "Do you do interior design consulting?",
    "What is the return on investment of your shares?",
    "Can I use cryptocurrency?",
    "Do you have affiliate commissions?",
    "Is there a black friday sale?",
    "Will you restock the green armchair?",
    "Can I use my own courier to collect?",
    "Do you have wifi in the shop?",
    "What's the capital of France?",
    "Who is your data protection officer's boss?",
    "Can I get a loan from you?",
    "Is your packaging recyclable?",
    "Do you have a franchise programme?",
    "Kann ich mit Bitcoin zahlen?",
    "Habt ihr Geschenkpapier?",
    "¿Tenéis aparcamiento?",
    "¿Hacéis descuentos a estudiantes?",
    "Can I subscribe to coffee deliveries?",
    "Do you sell garden furniture?",
    "Can I get a job at Juniper?",
    "Is there a kids club?",
    "Do your lamps dim?",
    "Can you assemble my table?",
    "How do I clean a cast iron pan?",
    "Do you ship live plants?",
    "Can I pay in dollars?",
    "Is the Juniper app on Huawei?",
    "What's your Instagram?",
    "Do you support Apple Watch?",
    "Are your factories certified?",
    "Can I book a cooking class?",
    "Do you buy used furniture?",
    "Where can I find your annual report?",
    "Do you have a store in Paris?",
    "Can I reserve a table at your cafe?",
    "Do you offer carbon-neutral shipping?",
    "Is your cotton organic?",
    "Can I integrate with Shopify?",
]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.open(FOLDER)


@pytest.mark.parametrize(("question", "article"), ANSWERED)
def test_a_question_finds_its_article_surely(knowledge: Knowledge, question: str, article: str) -> None:
    """The right article is first, and the reading says so."""
    found = knowledge.search(question)
    assert found.hits[0].passage.article_id == article
    assert found.confidence >= SURE


def test_paraphrases_find_their_articles(knowledge: Knowledge) -> None:
    """At least 95 % of other wordings find the article first, and 90 % surely."""
    found = [(knowledge.search(question), article) for question, article in PARAPHRASED]
    right = [result.hits[0].passage.article_id == article for result, article in found if result.hits]
    sure = [result.confidence >= SURE for result, _ in found]
    assert sum(right) >= 0.95 * len(PARAPHRASED)
    assert sum(sure) >= 0.9 * len(PARAPHRASED)


def test_questions_without_an_article_are_not_sure(knowledge: Knowledge) -> None:
    """At least 85 % of them are told from those that can be answered; the models, which read on, refuse more."""
    sure = [question for question in UNANSWERED if knowledge.search(question).confidence >= SURE]
    assert len(sure) <= 0.15 * len(UNANSWERED), sure


def test_every_listed_phrasing_finds_its_own_article(knowledge: Knowledge) -> None:
    """What `asked_as` promises is kept."""
    for article in knowledge.articles(internal=True):
        for phrasing in article.asked_as:
            internal = article.visibility is Visibility.INTERNAL
            found = knowledge.search(phrasing, language=article.language, internal=internal)
            assert found.hits[0].passage.article_id == article.id, phrasing


def test_the_articles_pass_their_own_check() -> None:
    """No error, no dead link, no contradiction, nothing stale on the day of the release."""
    assert check(FOLDER, date(2026, 11, 23)) == ()


def test_two_articles_are_internal_and_each_language_has_two() -> None:
    """The sample shows every kind of article."""
    articles = load(FOLDER)
    assert sum(article.visibility is Visibility.INTERNAL for article in articles) >= 2
    for language in ("de", "es"):
        assert sum(article.language == language for article in articles) >= 2


@pytest.mark.parametrize(
    ("pattern", "figures"),
    [
        (r"Plus plan costs €(\d+)|€(\d+) for Plus|(\d+) € (?:für|de) Plus", {"49"}),
        (r"Gold plan costs €(\d+)|€(\d+) for\s+Gold|(\d+) € (?:für|de)\s+Gold", {"99"}),
        (r"within (\d+) days of (?:the|its) (?:day it )?arriv", {"30", "14"}),
        (r"refund to a card shows up (\d+ to \d+)|refund shows up (\d+ to \d+)", {"3 to 5"}),
        (r"every day from (\d\d:00 to \d\d:00)", {"08:00 to 20:00"}),
        (r"wish lists.{0,60}?(\d+) days after|(\d+) Tage nach dem Ende|(\d+) días después del final", {"90"}),
    ],
)
def test_a_figure_is_the_same_wherever_it_stands(pattern: str, figures: set[str]) -> None:
    """Prices, days and limits agree across articles and languages."""
    text = " ".join(passage.text.replace("\n", " ") for article in load(FOLDER) for passage in cut(article))
    found = {group for match in re.finditer(pattern, text) for group in match.groups() if group}
    assert found
    assert found <= figures


def test_passages_are_short_enough_to_quote() -> None:
    """Every passage has a heading of its own, and sentences a customer can take in."""
    for article in load(FOLDER):
        for passage in cut(article):
            assert passage.heading
            for sentence in re.split(r"(?<=[.!?])\s+", passage.text):
                assert len(sentence.split()) <= 45, sentence

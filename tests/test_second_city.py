"""A second city in another language runs on the same machinery: no city leaks into the code."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import count
from pathlib import Path

import pytest

from bot import app, city, language
from bot.app import App
from bot.book import Book
from bot.intake import Handled
from bot.lint import lint
from bot.lint.plain import load as plain_language
from bot.settings import Settings
from bot.store.sqlite import Inbound
from bot.talk import Choice, Facet, Outcome, Reply
from bot.wording import SCREEN, Message, Wording
from tests.conftest import HARBOUR

ENGLISH = app.CONVERSATIONS / "languages" / "en"
CJK = re.compile(r"[⺀-鿿豈-﫿＀-￯]")
# A Tuesday, two days before Thanksgiving.
AT = "2026-11-24T10:00:00-05:00"

CITY = city.load(HARBOUR)
# Every guide by itself, and once more for every option of its situations.
CASES = [(guide.id, {}) for guide in CITY.guides.values()] + [
    (guide.id, {situation.id: option.id})
    for guide in CITY.guides.values()
    for situation in guide.situations
    for option in situation.options
]
case = pytest.mark.parametrize(
    ("name", "chosen"), CASES, ids=["-".join([n, *c.values()]) for n, c in CASES]
)


@pytest.fixture(scope="module")
def harbour(harbour_index: Path) -> Iterator[App]:
    built = app.build(Settings(semantic=False, city=HARBOUR, data=harbour_index.parent))
    yield built
    built.intake.store.close()


@pytest.fixture
def say(harbour: App, request: pytest.FixtureRequest) -> Callable[..., Handled]:
    """Says something in a chat of the test's own, or taps a choice."""
    numbers = count(1)

    def said(text: str, kind: str = "text") -> Handled:
        chat = request.node.name
        message = f"{chat}/{next(numbers)}"
        handled = harbour.intake.handle(Inbound("test", chat, message, kind, text, AT))
        assert handled is not None
        assert not CJK.search(whole(handled.messages)), whole(handled.messages)
        return handled

    return said


@pytest.fixture(scope="module")
def book() -> Book:
    return Book(CITY)


@pytest.fixture(scope="module")
def wording() -> Wording:
    return Wording([HARBOUR / "wording", app.CONVERSATIONS], "en")


def whole(messages: tuple[Message, ...] | list[Message]) -> str:
    return "\n".join([*(m.text for m in messages), *(t for m in messages for _, t in m.choices)])


# The city's files


def test_harbour_loads_with_its_own_language_and_calendar() -> None:
    assert (CITY.about.id, CITY.about.language, CITY.about.calendar) == ("harbour", "en", "US")
    assert len(CITY.guides) == 5
    assert all(len(guide.asks) >= 14 for guide in CITY.guides.values())
    assert any(guide.situations for guide in CITY.guides.values())
    assert {notice.kind for notice in CITY.notices.values()} == {"cancelled", "elsewhere"}
    assert CITY.calendar.name(date(2026, 11, 26)) == "Thanksgiving Day"


def test_harbour_has_no_problem_of_plain_language_or_structure() -> None:
    problems = lint(CITY, plain_language(ENGLISH), date(2026, 12, 1))

    assert [str(problem) for problem in problems] == []


def test_no_file_of_harbour_or_of_the_english_pack_holds_chinese() -> None:
    files = [f for folder in (HARBOUR, ENGLISH) for f in folder.rglob("*.*") if f.is_file()]

    assert len(files) >= 15
    assert [f.name for f in files if CJK.search(f.read_text("utf-8"))] == []


def test_english_pack_answers_for_the_same_kinds_as_the_chinese_one() -> None:
    english = language.load(ENGLISH).talk
    chinese = language.load(ENGLISH.parent / "zh").talk

    assert set(english.facets) == set(chinese.facets) == set(Facet)
    assert set(english.crisis) == set(chinese.crisis)
    assert set(english.small_talk) == set(chinese.small_talk)
    assert set(english.out_of_scope) == set(chinese.out_of_scope)


# Whole turns, in by the one door


def test_answers_a_question_with_the_guide_in_english(say: Callable[..., Handled]) -> None:
    handled = say("How do I get a dog licence?")

    assert (handled.turn.outcome, handled.turn.guide) == (Outcome.answered, "dog-licence")
    text = handled.messages[0].text
    assert text.startswith("[Dog licence]\n\n■ What to bring\n1. Rabies shot paper (any vet")
    parts = ["■ What to bring", "■ Who to see", "■ How long it takes", "■ Cost"]
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    assert "window 3" in text
    assert "New tag $4 (if you lost it)." in text


@pytest.mark.parametrize(
    ("question", "guide", "facet", "lead"),
    [
        ("What does a dog licence cost?", "dog-licence", Facet.fee, "■ Cost"),
        ("Where do I go for a library card?", "library-card", Facet.where, "■ Who to see"),
        (
            "How long does a parking permit take?",
            "resident-parking-permit",
            Facet.time,
            "■ How long it takes",
        ),
        (
            "What papers do I need for a birth certificate?",
            "birth-certificate-copy",
            Facet.materials,
            "■ What to bring",
        ),
        ("Am I allowed to get a library card?", "library-card", Facet.eligibility, "■ Can I get"),
    ],
)
def test_a_facet_question_leads_with_its_facet(
    say: Callable[..., Handled], question: str, guide: str, facet: Facet, lead: str
) -> None:
    handled = say(question)

    assert (handled.turn.outcome, handled.turn.guide) == (Outcome.answered, guide)
    assert handled.turn.facet is facet
    heading, _, first = handled.messages[0].text.split("\n")[:3]
    assert heading == f"[{CITY.guides[guide].plain_name}]"
    assert first.startswith(lead)


def test_an_ambiguous_word_asks_back_and_a_number_answers(say: Callable[..., Handled]) -> None:
    asked = say("Sticker")

    assert asked.turn.outcome is Outcome.clarify
    assert [label for _, label in asked.messages[-1].choices] == [
        "Resident parking permit",
        "Pick-up of bulky waste",
        "None of these",
    ]
    assert say("2").turn.guide == "bulky-waste"


def test_a_cancelled_matter_says_so(say: Callable[..., Handled]) -> None:
    handled = say("Do I have to register my bike?")

    assert handled.turn.outcome is Outcome.cancelled_item
    text = handled.messages[0].text
    assert "You no longer need to register a bicycle" in text
    assert "Harbour notice 2024-6" in text


def test_a_matter_of_others_names_who_handles_it(say: Callable[..., Handled]) -> None:
    handled = say("How do I renew my passport?")

    assert handled.turn.outcome is Outcome.elsewhere
    assert "National Passport Centre. Phone 555-0199" in handled.messages[0].text


def test_another_place_is_told_apart_from_where_someone_comes_from(
    say: Callable[..., Handled],
) -> None:
    elsewhere = say("How does the permit in Boston work?")
    moved = say("I moved here from Boston, how do I get a dog licence?")

    assert elsewhere.turn.outcome is Outcome.elsewhere
    assert "Boston" in elsewhere.messages[0].text
    assert moved.turn.guide == "dog-licence"


@pytest.mark.parametrize("question", ["what's the weather", "What’s the weather like today?"])
def test_weather_is_declined(say: Callable[..., Handled], question: str) -> None:
    handled = say(question)

    assert handled.turn.outcome is Outcome.declined
    assert "call 311" in handled.messages[0].text


def test_danger_gets_the_number_at_once(say: Callable[..., Handled]) -> None:
    handled = say("Help, my house is on fire!")

    assert handled.turn.outcome is Outcome.crisis
    assert "Call 911 now (Fire service)" in handled.messages[0].text


def test_a_complaint_is_logged_with_a_number(say: Callable[..., Handled]) -> None:
    handled = say("I want to complain, the clerk yelled at my mother")

    assert handled.turn.outcome is Outcome.complaint
    assert re.search(r"\d", handled.messages[0].text)


def test_a_complaint_form_in_english(say: Callable[..., Handled]) -> None:
    """Every reply is checked to hold no Chinese by `say`."""
    first = say(
        "The man at window 2 shouted at me last Wednesday and took 20 dollars, I am furious"
    )
    assert first.turn.outcome is Outcome.complaint
    assert "Where: window 2" in whole(first.messages)
    assert "Wednesday, 18 November" in whole(first.messages)
    assert "20 dollars" in whole(first.messages)
    assert "get done there" in whole(first.messages)
    between = say("How do I get a dog licence?")
    assert between.turn.guide == "dog-licence"
    assert "your complaint" in whole(between.messages).lower()
    wrong = say("wrong date, it was July 15")
    assert "Wednesday, 15 July" in whole(wrong.messages)
    receipt = say("done")
    assert "Passed to: City Clerk" in whole(receipt.messages)
    assert "working days from the day after" in whole(receipt.messages)
    number = re.search(r"Number: (\S+)", whole(receipt.messages))
    assert number
    status = say(number[1])
    assert "passed on" in whole(status.messages)
    taken = say(f"track:withdraw:{number[1]}", "choice")
    assert "take it back" in whole(taken.messages)


def test_situations_narrow_to_a_checklist(say: Callable[..., Handled]) -> None:
    say("How do I get a dog licence?")
    question = say("situations", "choice")
    answer = say("situation:dog:guide", "choice")

    assert question.messages[-1].text == "Which is true for your dog?"
    assert "☐ Guide dog paper" in answer.messages[0].text
    assert "Cost: Free." in answer.messages[0].text


# Everything that the city can be made to say


def cards(name: str, chosen: dict[str, str], book: Book) -> Iterator[Reply]:
    """Every reply that shows a guide: the card, each facet, the list, each material."""
    card = book.card(name, chosen, AT)
    about = book.about()
    yield Reply("ask.card", {"card": card, "about": about})
    for facet in Facet:
        yield Reply(f"ask.facet_{facet}", {"card": card, "about": about})
    for ticked in (False, True):
        items = [{**m, "have": ticked} for m in card["materials"]]
        yield Reply("ask.checklist", {"items": items, "card": card, "about": about})
    for item in card["materials"]:
        yield Reply("ask.material", {"item": item, "card": card, "about": about})


@case
def test_every_reply_about_a_guide_is_english_only(
    name: str, chosen: dict[str, str], book: Book, wording: Wording
) -> None:
    for reply in cards(name, chosen, book):
        messages = wording.messages(reply)

        assert not CJK.search(whole(messages)), whole(messages)
        assert not re.search(r"None\b|Undefined|[<>{}]|\.\.|\(\)| {2}", whole(messages))
        assert all(0 < len(message.text) <= SCREEN for message in messages)


# Four materials, three options and a legal limit: more than a screen holds before it is narrowed.
LONG = "resident-parking-permit"


@case
def test_a_card_leaves_nothing_out_and_mostly_fits_one_screen(
    name: str, chosen: dict[str, str], book: Book, wording: Wording
) -> None:
    card = book.card(name, chosen, AT)
    messages = wording.messages(Reply("ask.card", {"card": card}))

    assert len(messages) == 1 or name == LONG
    for item in card["materials"]:
        assert item["name"] in whole(messages)
        assert (item["source"] or item["issuer"]) in whole(messages)
    for fee in card["fees"]:
        assert fee["name"] in whole(messages)
    assert card["complaint_phone"] in whole(messages)


def test_every_other_reply_is_english_only(book: Book, wording: Wording) -> None:
    about = book.about()
    notices = [
        Reply(
            f"ask.notice_{kind}",
            {"notice": notice.model_dump(mode="json"), "instead_name": instead, "about": about},
        )
        for notice in CITY.notices.values()
        for kind in ("cancelled", "suspended", "elsewhere")
        for instead in (None, "Library card")
    ]
    plain = [
        Reply(f"ask.{key}", {"about": about, "names": names, "asks": "Which?", "place": "new york"})
        for key in (
            *("narrow", "clarify", "rephrase", "declined", "gave_up", "other_place", "greeting"),
            *("help", "thanks", "bye", "abuse", "unreadable", "too_long", "stale", "error"),
        )
        for names in ([], ["Library card"])
    ]
    kinds = [
        *(Reply("ask.crisis", {"kind": kind, "about": about}) for kind in ENGLISH_TALK.crisis),
        *(
            Reply("ask.out_of_scope", {"kind": kind, "about": about})
            for kind in ENGLISH_TALK.out_of_scope
        ),
    ]
    complain = [Reply("complain.tell"), Reply("complain.left_untold")]
    for reply in (*notices, *plain, *kinds, *complain):
        messages = wording.messages(reply)

        assert whole(messages).strip()
        assert not CJK.search(whole(messages)), whole(messages)


ENGLISH_TALK = language.load(ENGLISH).talk


@pytest.mark.parametrize(
    "key",
    ["none", "unsure", "situations", "checklist", "facet_steps", "facet_all", "complain"],
)
def test_every_choice_has_an_english_label(key: str, wording: Wording) -> None:
    reply = Reply("ask.narrow", {"asks": "Which?"}, (Choice("x", key=f"ask.choice_{key}"),))
    [message] = wording.messages(reply)
    [(_, label)] = message.choices

    assert label.strip()
    assert not CJK.search(label)


def test_a_due_date_counts_the_citys_own_holidays(book: Book, wording: Wording) -> None:
    card = book.card("resident-parking-permit", {}, AT)
    said = whole(wording.messages(Reply("ask.facet_time", {"card": card})))

    # Wednesday, Friday and Monday are counted; Thanksgiving and the weekend are not.
    assert "3 working days" in said
    assert "done by Monday, 30 November (Thanksgiving Day not counted)" in said


def test_a_country_that_moves_no_working_days_has_certain_due_dates(book: Book) -> None:
    assert not book.card("resident-parking-permit", {}, AT)["due"]["provisional"]


def test_hours_are_read_in_the_citys_own_time(book: Book) -> None:
    closed = datetime.fromisoformat(AT).replace(hour=18).isoformat()

    assert book.card("dog-licence", {}, AT)["places"][0]["open"]
    assert not book.card("dog-licence", {}, closed)["places"][0]["open"]

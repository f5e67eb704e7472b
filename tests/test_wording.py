"""bot/wording.py: nothing is cut, nothing is omitted, and no sentence is without a source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import CONVERSATIONS
from bot.book import Book
from bot.city import City
from bot.talk import Choice, Facet, Reply
from bot.wording import SCREEN, Message, Wording, numbered, split

LINSHAN = Path(__file__).parent.parent / "guides" / "linshan"
NAMES = sorted(p.stem for p in (LINSHAN / "services").glob("*.yaml"))
# An ordinary morning, a Saturday, the eve of Spring Festival, and one whose due dates lie in 2027.
MOMENTS = ("2026-06-01T09:00", "2026-06-06T10:00", "2026-02-13T16:59", "2026-12-30T12:00")
AT = MOMENTS[0]
KEYS = ("ask.card", *(f"ask.facet_{facet}" for facet in Facet))

TEXT = st.text(st.sampled_from("一二三四五。；！？.;!? \n\n\tab"), max_size=300)


@pytest.fixture(scope="session")
def wording() -> Wording:
    return Wording([CONVERSATIONS], "zh")


def each_choice(city: City, name: str) -> list[dict[str, str]]:
    """No answer, and every answer to one question."""
    options = [{s.id: o.id} for s in city.guides[name].situations for o in s.options]
    return [{}, *options]


def texts(wording: Wording, book: Book, key: str, **params: Any) -> list[str]:
    return [m.text for m in wording.messages(Reply(key, {"about": book.about(), **params}))]


def cards(book: Book, name: str) -> Iterator[dict[str, Any]]:
    for chosen in each_choice(book.city, name):
        for at in MOMENTS:
            yield book.card(name, chosen, at)


@given(TEXT, st.integers(1, 40))
def test_a_split_text_loses_only_line_breaks_and_fits(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(len(part) <= limit for part in parts)
    at = 0
    for part in parts:
        found = text.find(part, at)
        assert not text[at:found].strip("\n")
        at = found + len(part)
    assert not text[at:].strip("\n")


@given(st.text(max_size=60))
def test_what_fits_is_one_part(text: str) -> None:
    assert split(text, 60) == [text.strip("\n")]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 5, [""]),
        ("一二\n三四", 5, ["一二\n三四"]),
        ("一二\n三四\n五", 5, ["一二\n三四", "五"]),
        ("一二。三四。五", 5, ["一二。", "三四。五"]),
        ("一二三四五六七", 5, ["一二三四五", "六七"]),
        ("一\n\n\n\n\n二", 3, ["一", "二"]),
        ("一二。三四五六七八", 5, ["一二。", "三四五六七", "八"]),
    ],
)
def test_a_text_is_cut_between_lines_then_after_a_sentence(text, limit, parts) -> None:
    assert [part for part in split(text, limit) if part or not text] == parts


def test_a_price_is_not_torn_apart() -> None:
    assert "10.5元" in "|".join(split("工本费10.5元整交给窗口的人员不退", 12))


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_renders_and_fits(wording: Wording, book: Book, name: str) -> None:
    for card in cards(book, name):
        for key in KEYS:
            found = texts(wording, book, key, card=card)
            assert all(0 < len(text) <= SCREEN for text in found)
            assert not any(word in text for text in found for word in ("None", "{", "Undefined"))


@pytest.mark.parametrize("name", NAMES)
def test_no_material_is_missing_from_a_card(wording: Wording, book: Book, name: str) -> None:
    for card in cards(book, name):
        for key in (*KEYS, "ask.checklist"):
            items = [{**m, "have": False} for m in card["materials"]]
            whole = "\n".join(texts(wording, book, key, card=card, items=items))
            assert [m["name"] for m in card["materials"] if m["name"] not in whole] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_big_three_stand_on_the_first_screen(wording: Wording, book: Book, name: str) -> None:
    for card in cards(book, name):
        first = texts(wording, book, "ask.card", card=card)[0]
        parts = ("■ 带什么", "■ 找谁办", "■ 多久办完", "■ 多少钱", "来源：")
        if card["elsewhere"]:
            parts = ("■ 你这种情况", "■ 找谁问", "来源：", *card["notes"])
        for part in parts:
            assert part in first


@pytest.mark.parametrize("name", NAMES)
def test_materials_are_numbered_through_all_messages(wording, book, name: str) -> None:
    for card in cards(book, name):
        whole = "\n".join(texts(wording, book, "ask.card", card=card))
        for number, material in enumerate(card["materials"], 1):
            assert f"{number}. {material['name']}" in whole


@pytest.mark.parametrize("name", NAMES)
def test_what_a_facet_asks_for_is_all_told(wording: Wording, book: Book, name: str) -> None:
    for card in cards(book, name):
        told = {
            "materials": [m["pitfall"] for m in card["materials"] if m["pitfall"]],
            "where": [*card["online"], card["enquiry_phone"], card["authority"]],
            "time": [card["deadline"], card["result"]["validity"], card["statutory_note"]],
            "fee": [f["text"] or f["name"] for f in card["fees"]],
            "eligibility": [card["who"], *card["conditions"], card["in_person"]["text"]],
            "steps": [*card["steps"], *card["pitfalls"], card["result"]["name"]],
        }
        for facet, own in told.items():
            whole = "".join(texts(wording, book, f"ask.facet_{facet}", card=card)).replace("\n", "")
            parts = [*card["notes"], *([] if card["elsewhere"] else own)]
            assert [part for part in parts if part and part not in whole] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_material_and_situation_renders(wording: Wording, book: Book, name: str) -> None:
    card = book.card(name, {}, AT)
    for item in card["materials"]:
        whole = "".join(texts(wording, book, "ask.material", card=card, item=item))
        wanted = (item["name"], item["when"], item["source"], item["pitfall"], item["guide_name"])
        assert [text for text in wanted if text and text not in whole] == []
    for situation in book.city.guides[name].situations:
        assert texts(wording, book, "ask.narrow", asks=situation.asks) == [situation.asks]


def leaves(value: Any, *, skip: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every text in plain data, but for what stands under a key of `skip`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in skip:
                yield from leaves(inner, skip=skip)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, skip=skip)


# Computed, not quoted: the due date, opening hours as times, and the kind of a place.
COMPUTED = frozenset({"due", "hours", "kind"})


@pytest.fixture(scope="session")
def written(city: City) -> frozenset[str]:
    """Every text that stands in a file of the city."""
    return frozenset(t.strip() for d in city.documents.values() for t in leaves(d.data))


@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_without_a_source(book: Book, written: frozenset[str], name: str) -> None:
    for card in cards(book, name):
        told = {text for text in leaves(card, skip=COMPUTED) if len(text) > 1}
        assert told - written == set()
        assert card["name"] in told


def test_neither_is_what_is_said_of_the_city(book: Book, written: frozenset[str]) -> None:
    assert set(leaves(book.about())) - written == set()


@pytest.mark.parametrize("reply", ["greeting", "help", "thanks", "bye", "abuse", "clarify", "rephrase", "declined", "gave_up", "unreadable", "too_long", "stale", "error"])  # fmt: skip
def test_every_small_reply_renders(wording: Wording, book: Book, reply: str) -> None:
    found = texts(wording, book, f"ask.{reply}", names=["办身份证"])
    assert all(0 < len(text) <= SCREEN for text in found)


def test_every_notice_renders(wording: Wording, book: Book) -> None:
    for notice in book.city.notices.values():
        instead = book.guide_name(notice.instead) if notice.instead else None
        params = {"notice": notice.model_dump(mode="json"), "instead_name": instead}
        whole = "".join(texts(wording, book, f"ask.notice_{notice.kind}", **params))
        wanted = (notice.name, notice.text, notice.who, notice.phone, notice.document, instead)
        assert [text for text in wanted if text and text not in whole] == []
        assert "None" not in whole


@pytest.mark.parametrize(
    "kind", ["violence", "medical", "fire", "suicide", "women-children", "other"]
)
def test_a_crisis_always_names_numbers_and_its_own_first(wording, book, kind: str) -> None:
    (found,) = texts(wording, book, "ask.crisis", kind=kind)
    own = [e["phone"] for e in book.about()["emergencies"] if e["kind"] == kind]
    assert {"110", "120", "119", *own} <= {
        p for p in ("110", "120", "119", "12356", "12338") if p in found
    }
    assert not own or all(found.index(own[0]) <= found.index(p) for p in ("110", "120", "119"))


def test_a_missing_fact_is_an_error_and_never_an_empty_place(wording: Wording, book: Book) -> None:
    card = book.card("elder-card", {}, AT)
    del card["promised"]
    with pytest.raises(jinja2.UndefinedError):
        texts(wording, book, "ask.card", card=card)


def test_choices_stand_under_the_last_message_only(wording: Wording, book: Book) -> None:
    choices = (Choice("a", label="甲"), Choice("none", key="ask.choice_none"))
    card = book.card("property-transfer", {}, AT)
    found = wording.messages(Reply("ask.card", {"card": card, "about": book.about()}, choices))
    assert len(found) > 1
    assert [m.choices for m in found[:-1]] == [()] * (len(found) - 1)
    assert found[-1].choices == (("a", "甲"), ("none", "都不是"))


def test_a_city_may_say_it_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "ask").mkdir()
    (tmp_path / "ask" / "wording.zh.j2").write_text(
        "{% macro thanks() %}客气啥{% endmacro %}", "utf-8"
    )
    own = Wording([tmp_path, CONVERSATIONS], "zh")
    assert own.messages(Reply("ask.thanks")) == [Message("客气啥")]
    assert own.messages(Reply("ask.bye"))[0].text.startswith("慢走")


def test_choices_are_numbered_for_channels_without_buttons() -> None:
    assert numbered(Message("选", (("a", "甲"), ("b", "乙")))) == "选\n\n1. 甲\n2. 乙"
    assert numbered(Message("选")) == "选"

"""The web's small parts by themselves: limits, lines of a reply, telephone numbers, suggestions."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bot.app import App
from bot.channels.web import limits, markup, view
from bot.channels.web.limits import Buckets, Limits
from bot.channels.web.markup import Line, Phones
from bot.channels.web.site import Site
from bot.match.suggest import suggest
from bot.store.history import Exchange, Heard, Said

# Limits


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_refills_with_time() -> None:
    clock = Clock()
    buckets = Buckets(30, clock)
    assert [buckets.wait("a") for _ in range(30)] == [0.0] * 30
    assert buckets.wait("a") == pytest.approx(2.0)
    assert buckets.wait("b") == 0.0
    clock.now = 1.9
    assert buckets.wait("a") > 0
    clock.now = 2.0
    assert buckets.wait("a") == 0.0


@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 60))
def test_no_minute_lets_through_more_than_twice_its_rate(pauses: list[float], rate: int) -> None:
    clock = Clock()
    buckets, passed = Buckets(rate, clock), []
    for pause in pauses:
        clock.now += pause
        if buckets.wait("a") == 0:
            passed.append(clock.now)
    for start in passed:
        assert sum(start <= t < start + 60 for t in passed) <= 2 * rate


def test_old_keys_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEYS", 10)
    buckets = Buckets(1)
    for number in range(100):
        buckets.wait(str(number))
    assert len(buckets._buckets) == 10


def test_an_address_limits_all_its_sessions() -> None:
    both = Limits(session=5, address=7, clock=Clock())
    assert [both.wait(f"s{n}", "here") == 0 for n in range(9)] == [True] * 7 + [False] * 2
    assert both.wait("s9", "there") == 0


# Lines of a reply


def test_a_card_is_read_line_by_line() -> None:
    text = (
        "【申请低保】\n\n■ 带什么\n1. 户口簿\n■ 多少钱：不要钱。\n· 东城\n"
        "提醒：早点去\n来源：某市，打12345。"
    )
    assert markup.lines(text) == [
        Line("title", "申请低保"),
        Line("section", "带什么"),
        Line("item", "户口簿", "1"),
        Line("section", "多少钱"),
        Line("text", "不要钱。"),
        Line("bullet", "东城"),
        Line("labelled", "早点去", "提醒"),
        Line("foot", "来源：某市，打12345。"),
    ]


@given(st.text(alphabet="【】[]■☑☐·12. ：:。\n申请x", max_size=60))
def test_no_word_is_lost(text: str) -> None:
    shown = "".join(line.mark.replace("on", "").replace("off", "") + line.text
                    if line.kind == "tick" else line.mark + line.text
                    for line in markup.lines(text))  # fmt: skip
    for letter in "申请x":
        assert shown.count(letter) == text.count(letter)


PHONES = Phones(["12345", "110", "0999-5100201", "0999-5100"])


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("打12345。", ["12345"]),
        ("请马上打110（报警）", ["110"]),
        ("报警：110", ["110"]),
        ("交110元", []),
        ("110天", []),
        ("123456", []),
        ("第112345号", []),
        ("电话0999-5100201，或0999-5100", ["0999-5100201", "0999-5100"]),
        ("2026-12345", []),
        ("补12345元", ["12345"]),
    ],
)
def test_the_city_s_numbers_are_linked(text: str, linked: list[str]) -> None:
    shown = str(PHONES.link(text))
    assert [part.partition("</a>")[0] for part in shown.split('">')[1:]] == linked
    for number in linked:
        shown = shown.replace(f'<a href="tel:{number.replace("-", "")}">{number}</a>', number)
    assert shown == text


@given(st.text(alphabet="<>&\"'110 2345-", max_size=40))
def test_numbers_are_linked_in_escaped_text(text: str) -> None:
    shown = str(PHONES.link(text))
    for number in ("12345", "110", "0999-5100201", "0999-5100"):
        shown = shown.replace(f'<a href="tel:{number.replace("-", "")}">{number}</a>', number)
    assert shown == str(escape(text))


def test_a_city_without_numbers_links_none() -> None:
    assert str(Phones([]).link("打12345")) == "打12345"


# A conversation shown again


def heard(number: int, text: str = "答", thread: str = "", choices: int = 0) -> Heard:
    offered = tuple((f"c{n}", f"选{n}") for n in range(choices))
    return Heard(number, text, offered, thread, None, True)


def test_a_later_reply_of_a_thread_stands_in_its_place() -> None:
    entries = view.bubbles(
        [
            Exchange(Said("m1:x", "列清单"), (heard(1, "☐ 甲", "list", 1),)),
            Exchange(Said("m2:x", "问一句"), (heard(2),)),
            Exchange(Said("m3:x", "甲", "list"), (heard(3, "☑ 甲", "list", 1),)),
        ]
    )
    assert [(e.said, e.heard) for e in entries] == [("m1", 0), ("", 3), ("m2", 0), ("", 2)]
    kept = view.with_open_choices(entries)
    assert kept[1].choices
    assert kept[1].ticks[0][1].mark == "on"


def test_only_the_last_turn_offers_choices() -> None:
    entries = view.with_open_choices(
        view.bubbles(
            [
                Exchange(Said("m1", "问"), (heard(1, choices=2),)),
                Exchange(Said("m2", "再问"), (heard(2, choices=2), heard(3))),
                Exchange(None, (heard(4),)),
            ]
        )
    )
    assert [len(e.choices) for e in entries if e.heard] == [0, 2, 0, 0]


# Suggestions


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("低保", "dibao"), ("身份证", "id-card"), ("公积金", "housing-fund-withdrawal"),
     ("残疾证", "disability-certificate"), ("護照", "passport")],
)  # fmt: skip
def test_words_suggest_their_guide(words_app: App, text: str, wanted: str) -> None:
    assert suggest(words_app.reader.matcher, text, 5)[0] == wanted


@given(st.text(max_size=200))
def test_any_text_can_be_typed(words_app: App, text: str) -> None:
    assert len(suggest(words_app.reader.matcher, text, 5)) <= 5


# Event streams


async def test_a_hub_that_is_closed_wakes_no_stream(site: Site) -> None:
    """The store is closed next, and the process leaves; a stream must not read it any more."""
    with site.hub.listening("somebody") as bell:
        bell.set()
        site.hub.close()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await site.hub.wait(bell)

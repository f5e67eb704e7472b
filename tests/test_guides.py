"""guides/linshan: what a clerk would check of every guide, over every way through its questions."""

from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path

import pytest

from bot.app import CONVERSATIONS, language_pack, speech
from bot.book import Book
from bot.checklist import Speech, compute, open_questions, understood
from bot.city import City
from bot.guide import Guide, Option, Situation
from bot.talk import Facts, Reply
from bot.text import Normaliser
from bot.wording import SCREEN, Wording

LINSHAN = Path(__file__).parent.parent / "guides" / "linshan"
NAMES = sorted(p.stem for p in (LINSHAN / "services").glob("*.yaml"))
AT = "2026-11-26T09:00"


@pytest.fixture(scope="session")
def wording() -> Wording:
    return Wording([CONVERSATIONS], "zh")


@pytest.fixture(scope="session")
def chinese() -> Speech:
    pack = language_pack("zh")
    return speech(Normaliser(pack.talk.rewrites), pack)


def ways(guide: Guide, chosen: dict[str, str] | None = None) -> Iterator[dict[str, str]]:
    """Every way of answering what the bot asks, half-answered ones included."""
    chosen = chosen or {}
    yield chosen
    for situation in open_questions(guide, chosen)[:1]:
        for answer in (*(o.id for o in situation.options), "unsure"):
            yield from ways(guide, {**chosen, situation.id: answer})


def options(guide: Guide) -> Iterator[tuple[Situation, Option]]:
    for situation in guide.situations:
        for option in situation.options:
            yield situation, option


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_drops_what_another_needs(city: City, name: str) -> None:
    """One who reports a power cut need not bring a lease because he also said that he rents."""
    guide = city.guides[name]
    for one, two in combinations(guide.situations, 2):
        for a, b in product(one.options, two.options):
            found = compute(guide, {one.id: a.id, two.id: b.id})
            needed = {m for o in found.options for m in o.needs}
            dropped = {m for o in found.options for m in (*o.drops, *o.replaces)}
            clash = set() if found.elsewhere else needed & dropped
            assert not clash, f"{one.id}={a.id} and {two.id}={b.id}: say where {two.id} applies"


@pytest.mark.parametrize("name", NAMES)
def test_no_option_contradicts_itself(city: City, name: str) -> None:
    for situation, option in options(city.guides[name]):
        where = (situation.id, option.id)
        assert not set(option.needs) & {*option.drops, *option.replaces}, where
        assert not (option.free and option.fees), where


@pytest.mark.parametrize("name", NAMES)
def test_who_is_served_elsewhere_gets_no_list(city: City, name: str) -> None:
    for situation, option in options(city.guides[name]):
        if option.elsewhere:
            unused = (option.needs, option.replaces, option.fees, option.free, option.promised_time)
            assert not any(unused), (situation.id, option.id)


@pytest.mark.parametrize("name", NAMES)
def test_every_question_can_be_reached_and_two_answers_differ(city: City, name: str) -> None:
    guide = city.guides[name]
    for situation in guide.situations:
        before = [
            {other: answers[0] for other, answers in situation.applies.items()},
            {},
        ]
        shown = [
            {(*found.materials, *found.fees, *found.places, *found.notes, *found.conditions,
              found.promised_time, found.elsewhere)
             for o in situation.options
             for found in [compute(guide, {**chosen, situation.id: o.id})]}
            for chosen in before
        ]  # fmt: skip
        assert all(len(results) > 1 for results in shown), situation.id


@pytest.mark.parametrize("name", NAMES)
def test_every_way_ends_in_a_card_that_fits(
    city: City, book: Book, wording: Wording, name: str
) -> None:
    """Each first screen holds the big three (or where else to go), and at least three things."""
    for chosen in ways(city.guides[name]):
        card = book.card(name, chosen, AT)
        reply = Reply("ask.card", {"card": card, "about": book.about()})
        first, *_ = wording.messages(reply)
        parts = ("■ 带什么", "■ 找谁办", "■ 多久办完", "■ 多少钱")
        for part in ("■ 你这种情况", "■ 找谁问") if card["elsewhere"] else parts:
            assert part in first.text, chosen
        assert len(first.text) <= SCREEN, chosen
        assert all(note in first.text for note in card["notes"]), chosen
        on_first = [m for m in card["materials"] if f". {m['name']}" in first.text]
        assert len(on_first) >= min(3, len(card["materials"])), chosen


@pytest.mark.parametrize("name", NAMES)
def test_what_one_makes_oneself_says_how(city: City, name: str) -> None:
    """`From: yourself` is no help."""
    own = ("自己", "本人", "你", "家里人", "父母")
    silent = [
        m.name
        for m in city.guides[name].materials
        if m.issuer.startswith(own) and not (m.get or m.guide)
    ]
    assert silent == []


@pytest.mark.parametrize("name", NAMES)
def test_a_fee_reads_on_after_its_name(city: City, name: str) -> None:
    """`100 yuan (if lost);` with no full stop before the bracket, and no fee due on every answer."""
    assert [f.text for f in city.guides[name].fees if f.text and f.text.endswith("。")] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_cue_is_a_word(city: City, name: str) -> None:
    """A single character stands inside other words; 癌 alone does not."""
    short = [(o.id, c) for _, o in options(city.guides[name]) for c in o.cues if len(c) < 2]
    assert [pair for pair in short if pair[1] not in "癌瘫丢"] == []


# Words that a citizen says without answering anything, and why.
LOOSE = {
    "孩子": "may be twenty",
    "我妈": "may be who sends me",
    "我爸": "may be who sends me",
    "打工": "says nothing of a contract",
    "上班": "says when I have no time",
    "结婚证": "also stands in 没领结婚证",
    "跟我姓": "married people say it too",
    "没过": "also stands in 没过期",
    "本人去": "mostly a question: 要不要本人去",
    "本人来": "mostly a question: 要不要本人来",
    "丢了": "is what 看不见了 becomes",
}
# Where the word can mean nothing else: there, what is lost is what the guide is about.
ALLOWED = {"丢了"}
SEEING = ("disability-certificate", "tekun-support")


@pytest.mark.parametrize("name", NAMES)
def test_a_loose_word_decides_nothing(city: City, chinese: Speech, name: str) -> None:
    allowed = set() if name in SEEING else ALLOWED
    found = [
        (o.id, cue)
        for _, o in options(city.guides[name])
        for cue in o.cues
        if chinese.plain(cue) in LOOSE and chinese.plain(cue) not in allowed
    ]
    assert found == []


@pytest.mark.parametrize("name", ["id-card", "passport", "hk-macau-permit", "social-security-card"])
def test_a_child_of_unknown_age_is_asked_for_it(city: City, chinese: Speech, name: str) -> None:
    guide = city.guides[name]
    for text in ("孩子要办一个", "我孩子上大学了", "我妈让我来问问"):
        assert "age" not in understood(guide, chinese.plain(text), Facts(), chinese), text
    eight = understood(guide, "给孩子办，8岁", Facts(age=8), chinese)
    grown = understood(guide, "给孩子办，20岁", Facts(age=20), chinese)
    assert eight["age"] != grown["age"]


@pytest.mark.parametrize(
    ("name", "text", "chosen"),
    [
        ("id-card", "身份证掰断了", {"reason": "damaged"}),
        ("id-card", "低保户换证", {"reason": "expired", "hardship": "poor"}),
        ("birth-registration-hukou", "没领结婚证能上户口吗", {}),
        ("birth-registration-hukou", "孩子跟我姓行吗", {}),
        ("hk-macau-permit", "女儿定居香港，我办探亲签注", {"purpose": "family"}),
        ("disability-certificate", "眼睛快看不见了", {}),
        ("hukou-book-reissue", "户主是我公公，要他来吗", {}),
        ("hukou-transfer", "想把乡下老爹的户口迁来", {"reason": "family"}),
        ("hukou-info-change", "户口上小了2岁", {}),
        ("temporary-relief", "家里着火没地方住", {"cause": "fire"}),
        ("unemployment-benefit", "才交了三年", {"years": "one"}),
        ("student-loan", "高中毕业了考上大学", {"stage": "new"}),
        ("medical-assistance", "医院未直接减", {"settled": "manual"}),
        ("residence-permit", "孩子上学要居住证", {}),
        ("school-enrolment", "我在外打工，孩子上初中", {"kind": "junior"}),
        ("heating-service", "整栋楼停暖了", {}),
        ("elder-card", "要不要本人来", {}),
        ("elder-card", "替我妈办，我45岁", {"who-comes": "family"}),
    ],
)
def test_what_a_citizen_says_is_read_and_no_more(
    city: City, chinese: Speech, name: str, text: str, chosen: dict[str, str]
) -> None:
    age = next((a for a in (45, 2) if f"{a}岁" in text), None)
    facts = Facts(age=age, proxy="替我妈" in text)
    assert understood(city.guides[name], chinese.plain(text), facts, chinese) == chosen

"""bot/checklist.py: what one person needs, over every guide of the sample city."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import language_pack, speech
from bot.checklist import MAX_QUESTIONS, Checklist, Speech, compute, open_questions, understood
from bot.city import City
from bot.guide import Guide, Option
from bot.talk import Facts
from bot.text import Normaliser

LINSHAN = Path(__file__).parent.parent / "guides" / "linshan"
NAMES = sorted(p.stem for p in (LINSHAN / "services").glob("*.yaml"))
GUIDES = st.sampled_from(NAMES)


@pytest.fixture(scope="session")
def chinese() -> Speech:
    pack = language_pack("zh")
    return speech(Normaliser(pack.talk.rewrites), pack)


def options_of(guide: Guide, chosen: dict[str, str]) -> list[Option]:
    """The chosen options of the situations that apply."""
    known = {s.id: {o.id for o in s.options} for s in guide.situations}
    return [
        option
        for situation in guide.situations
        for option in situation.options
        if chosen.get(situation.id) == option.id
        and all(
            chosen.get(other) in {*only, None} or chosen[other] not in known[other]
            for other, only in situation.applies.items()
        )
    ]


def check_materials(guide: Guide, chosen: dict[str, str]) -> None:
    """Nothing is missing that no chosen option takes away; what is needed is needed always."""
    options = options_of(guide, chosen)
    if any(o.elsewhere for o in options):
        assert compute(guide, chosen).materials == ()
        return
    shown = {m.id: m for m in compute(guide, chosen).materials}
    needed = {name for o in options for name in o.needs}
    gone = {name for o in options for name in (*o.drops, *o.replaces)}
    assert {m.id for m in guide.materials} - set(shown) <= gone - needed
    assert {name: shown[name].when for name in needed} == dict.fromkeys(needed)
    dropped = {name for o in options for name in o.drops}
    for new in {new for o in options for new in o.replaces.values()} - dropped:
        assert shown[new].when is None
    untouched = [m for m in guide.materials if m.id not in gone | needed]
    swapped = {new for o in options for new in o.replaces.values()}
    assert all(shown[m.id] == m for m in untouched if m.id not in swapped)
    assert list(shown) == [m.id for m in guide.materials if m.id in shown]


def check_fees(guide: Guide, chosen: dict[str, str]) -> None:
    """A fee is left out only if an answer says so: free, or other fees (or none) of its question."""
    options = options_of(guide, chosen)
    shown = {f.id: f for f in compute(guide, chosen).fees}
    if any(o.free or o.elsewhere for o in options):
        assert not shown
        return
    named = {name for o in options for name in o.fees or ()}
    rivals = {
        name
        for s in guide.situations
        if any(o.fees is not None for o in s.options if o in options)
        for o in s.options
        for name in o.fees or ()
    }
    missing = {f.id for f in guide.fees} - set(shown)
    assert missing <= rivals - named
    assert not any(f.when is None for f in guide.fees if f.id in missing)
    assert {name: shown[name].when for name in named} == dict.fromkeys(named)


def single(guide: Guide) -> list[dict[str, str]]:
    return [{s.id: o.id} for s in guide.situations for o in s.options]


@pytest.mark.parametrize("name", NAMES)
def test_without_an_answer_a_guide_is_shown_whole(city: City, name: str) -> None:
    guide = city.guides[name]
    found = compute(guide, {})
    assert (found.materials, found.fees, found.places) == (
        guide.materials,
        guide.fees,
        guide.places,
    )
    assert (found.promised_time, found.conditions) == (guide.promised_time, guide.conditions)


@pytest.mark.parametrize("name", NAMES)
def test_one_answer_takes_away_only_what_it_names(city: City, name: str) -> None:
    for chosen in single(city.guides[name]):
        check_materials(city.guides[name], chosen)
        check_fees(city.guides[name], chosen)


@given(name=GUIDES, data=st.data())
def test_any_answers_together_take_away_only_what_they_name(city: City, name, data) -> None:
    guide = city.guides[name]
    picks = {
        s.id: st.sampled_from([*(o.id for o in s.options), "unsure"]) for s in guide.situations
    }
    chosen = data.draw(st.fixed_dictionaries({}, optional=picks))
    check_materials(guide, chosen)
    check_fees(guide, chosen)


@pytest.mark.parametrize("name", NAMES)
def test_no_reachable_answers_leave_a_conflict(city: City, name: str) -> None:
    """Both of two questions answered, in every way: what one needs the other may not drop."""
    guide = city.guides[name]
    for pair in product(*(s.options for s in guide.situations[:2])):
        chosen = {s.id: o.id for s, o in zip(guide.situations, pair, strict=False)}
        check_materials(guide, chosen)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_is_applied(city: City, name: str) -> None:
    guide = city.guides[name]
    for chosen in single(guide):
        (option,) = options_of(guide, chosen)
        found = compute(guide, chosen)
        assert found.options == (option,)
        assert found.promised_time == (option.promised_time or guide.promised_time)
        assert found.places == ((option.place,) if option.place else guide.places)
        assert found.conditions[len(guide.conditions) :] == (
            (option.condition,) if option.condition else ()
        )
        assert found.notes == ((option.note,) if option.note else ())


def shown(found: Checklist) -> tuple:
    """What a citizen can see of a checklist."""
    return (
        found.materials,
        found.fees,
        found.promised_time,
        found.places,
        found.conditions,
        found.notes,
    )


@given(name=GUIDES, data=st.data())
def test_at_most_two_questions_are_asked_and_each_matters(city: City, name, data) -> None:
    guide = city.guides[name]
    picks = {
        s.id: st.sampled_from([*(o.id for o in s.options), "unsure"]) for s in guide.situations
    }
    chosen = data.draw(st.fixed_dictionaries({}, optional=picks))
    asked = open_questions(guide, chosen)
    assert len(asked) + len(chosen) <= max(MAX_QUESTIONS, len(chosen))
    for situation in asked:
        assert situation.id not in chosen
        results = [shown(compute(guide, {**chosen, situation.id: o.id})) for o in situation.options]
        assert any(result != results[0] for result in results)


def test_names_that_are_gone_are_ignored(city: City) -> None:
    guide = city.guides["elder-card"]
    assert shown(compute(guide, {"gone": "x", "hukou": "gone"})) == shown(compute(guide, {}))


def test_nothing_is_asked_of_one_who_is_served_elsewhere(city: City) -> None:
    guide = city.guides["elder-card"]
    assert open_questions(guide, {})
    found = compute(guide, {"age": "under"})
    assert (found.elsewhere, found.materials, found.fees) == (True, (), ())
    assert found.conditions[-1] == "还不能办，满60周岁再来。"
    assert not open_questions(guide, {"age": "under"})


def test_a_question_is_asked_only_where_it_applies(city: City) -> None:
    """`Is the flat yours?` belongs to a new meter, not to a power cut."""
    guide = city.guides["electricity-account"]
    assert [s.id for s in open_questions(guide, {"matter": "new"})] == ["home"]
    assert not open_questions(guide, {"matter": "outage"})
    # Said unasked, it changes nothing there either.
    assert compute(guide, {"matter": "outage", "home": "rent"}).materials == ()
    assert "lease" in {m.id for m in compute(guide, {"matter": "unsure", "home": "rent"}).materials}


def test_an_empty_list_of_fees_rules_the_others_out(city: City) -> None:
    guide = city.guides["electricity-account"]
    assert compute(guide, {"matter": "outage"}).fees == ()
    assert compute(guide, {"matter": "meter"}).fees == guide.fees


def a_guide(guide: Guide, *situations: dict) -> Guide:
    """The guide with other situations."""
    data = guide.model_dump()
    return Guide.model_validate({**data, "situations": situations})


AGE = {
    "id": "age",
    "asks": "多大岁数？",
    "options": [
        {"id": "child", "label": "孩子", "age": {"max": 15}, "cues": ["孩子", "小孩"]},
        {"id": "grown", "label": "大人", "age": {"min": 16, "max": 59}},
        {
            "id": "old",
            "label": "老人",
            "age": {"min": 60},
            "cues": ["老人", "有居住证", "没有居住证的老人"],
        },
    ],
}
PROXY = {
    "id": "who",
    "asks": "谁来办？",
    "options": [
        {"id": "self", "label": "本人", "cues": ["我自己"]},
        {"id": "other", "label": "代办", "proxy": True, "cues": ["代办"]},
    ],
}


@pytest.mark.parametrize(
    ("text", "facts", "chosen"),
    [
        ("孩子办证", Facts(), {"age": "child"}),
        ("不是孩子", Facts(), {}),
        ("没有孩子", Facts(), {}),
        ("没孩子", Facts(), {}),
        ("没有孩子，有小孩", Facts(), {"age": "child"}),
        ("孩子和老人一起办", Facts(), {}),  # two answers of like length: ask
        ("孩子跟没有居住证的老人", Facts(), {"age": "old"}),  # much longer
        ("没有居住证", Facts(), {}),
        ("办证", Facts(age=15), {"age": "child"}),
        ("办证", Facts(age=16), {"age": "grown"}),
        ("办证", Facts(age=59), {"age": "grown"}),
        ("办证", Facts(age=60), {"age": "old"}),
        ("办证", Facts(), {}),
        ("孩子办证", Facts(age=70), {}),  # whose age? ask
        ("孩子办证", Facts(age=8), {"age": "child"}),
        ("办证", Facts(proxy=True), {"who": "other"}),
        ("我自己来", Facts(proxy=True), {}),  # for oneself or for another? ask
        ("代办", Facts(age=70), {"age": "old", "who": "other"}),
        ("不代办", Facts(), {}),
        ("不用代办", Facts(), {}),
    ],
)
def test_a_citizens_own_words_decide(city, chinese, text: str, facts: Facts, chosen: dict) -> None:
    guide = a_guide(city.guides["elder-card"], AGE, PROXY)
    assert understood(guide, text, facts, chinese) == chosen


def test_where_an_age_fits_two_options_none_is_taken(city: City) -> None:
    twice = {
        **AGE,
        "options": [*AGE["options"], {"id": "very-old", "label": "高龄", "age": {"min": 80}}],
    }
    guide = a_guide(city.guides["elder-card"], twice)
    assert understood(guide, "", Facts(age=85)) == {}
    assert understood(guide, "", Facts(age=70)) == {"age": "old"}


@pytest.mark.parametrize("name", NAMES)
def test_the_ages_of_a_question_never_overlap(city: City, name: str) -> None:
    for situation in city.guides[name].situations:
        ages = [o.age for o in situation.options if o.age]
        taken = [age for a in ages for age in range(a.min, a.max + 1)]
        assert len(taken) == len(set(taken)), situation.id


@pytest.mark.parametrize("name", NAMES)
def test_every_cue_is_said_in_its_own_words(city: City, chinese: Speech, name: str) -> None:
    """A cue that its own question reads as another option, or denies itself, can never serve."""
    guide = city.guides[name]
    wrong = [
        (s.id, o.id, cue, found)
        for s in guide.situations
        for o in s.options
        for cue in o.cues
        if (found := understood(guide, chinese.plain(cue), Facts(), chinese).get(s.id)) != o.id
    ]
    assert not wrong

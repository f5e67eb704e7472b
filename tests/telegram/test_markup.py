"""No guide and no input can break the markup, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from bad_html import BadHtml, plain, units
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.channels.telegram import inline, markup
from bot.channels.telegram.parse import MEDIA, Me
from bot.talk import Facet, Reply

AT = "2026-11-24T10:00:00+08:00"
HOSTILE = st.text(
    st.sampled_from("<>&\"'/ab;。！？\n 😀家#x1") | st.characters(exclude_categories=["Cs"]),
    max_size=400,
)


def bare(text: str) -> str:
    return "".join(text.split())


@given(HOSTILE)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    assert plain(markup.escape(text)) == text


@pytest.mark.parametrize(
    "html", ["<", "a & b", "&nbsp;", "<script>", "<b>", "</b>", "<b><i></b></i>", ">"]
)
def test_the_judge_refuses_what_is_broken(html: str) -> None:
    with pytest.raises(BadHtml):
        plain(html)


@given(HOSTILE, st.integers(4, 200))
def test_parts_fit_and_lose_nothing(text: str, limit: int) -> None:
    parts = markup.parts(text, limit)
    assert all(units(part) <= limit and part.strip() for part in parts)
    assert bare("".join(parts)) == bare(text)


def test_a_part_ends_where_a_sentence_ends() -> None:
    text = "很长的一句话😀。" * 1000
    parts = markup.parts(text)
    assert len(parts) > 1
    assert all(part.endswith("。") for part in parts)


@given(st.integers(1, 10**17), st.integers(0, 100))
def test_a_reference_fits_on_a_button_and_leads_back(reply: int, position: int) -> None:
    data = markup.reference(reply, position)
    assert len(data.encode()) <= 64
    assert markup.dereference(data) == (reply, position)


@given(st.text(max_size=64))
def test_any_data_on_a_button_is_survived(data: str) -> None:
    found = markup.dereference(data)
    assert found is None or all(number >= 0 for number in found)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_guide_keeps_the_markup_whole(words_app: App, language: str) -> None:
    book, wording = words_app.intake.book, words_app.intake.wording.into(language)
    for guide in book.city.guides:
        card = book.card(guide, {}, AT)
        items = [{**m, "have": False} for m in card["materials"]]
        params = {"card": card, "items": items, "about": book.about(), "link": "https://t.me/x"}
        for name in (
            "ask.card",
            *(f"ask.facet_{f}" for f in Facet),
            "ask.checklist",
            "telegram.group_card",
        ):
            for message in wording.messages(Reply(name, params)):
                parts = markup.parts(message.text)
                assert bare("".join(map(plain, map(markup.escape, parts)))) == bare(message.text)
                assert all(units(part) <= 4096 for part in parts)


@given(HOSTILE.filter(str.strip))
def test_a_hostile_guide_breaks_no_card_to_share(words_app: App, text: str) -> None:
    guide = inline.cards(words_app.intake, Me(1, "x"), "低保", AT)[0]
    hostile = inline.Card(guide.guide, text, text, text, guide.link, text)
    shown = inline._article(hostile).input_message_content.message_text
    assert plain(shown) == text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", [*MEDIA, "contact"])
def test_every_medium_is_answered_with_what_can_be_read(
    words_app: App, language: str, kind: str
) -> None:
    wording = words_app.intake.wording.into(language)
    (message,) = wording.messages(Reply("telegram.media", {"kind": kind}))
    assert ("文字" if language == "zh" else "text") in message.text

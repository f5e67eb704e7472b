"""Raw updates: every JSON is either understood or refused with a reason; nothing else happens."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.parse import (
    Arrived,
    Ignored,
    Me,
    Migrated,
    Parsed,
    Queried,
    Reached,
    Unreadable,
    key,
    masked,
    parse,
)
from bot.talk import EventKind

AT = "2026-11-24T10:00:00+08:00"
ME = Me(4242, "linshan_bot")
PERSON = {"id": 7, "is_bot": False, "first_name": "王"}
PRIVATE = {"id": 7, "type": "private"}
GROUP = {"id": -100500, "type": "supergroup"}


def message(**content: Any) -> dict[str, Any]:
    base = {"message_id": 5, "date": 0, "chat": PRIVATE, "from": PERSON}
    return {"update_id": 1, "message": {**base, **content}}


def read(update: Any) -> Parsed:
    return parse(update, ME, AT)


def arrived(**content: Any) -> tuple[str, str, dict[str, Any]]:
    found = read(message(**content))
    assert isinstance(found, Arrived)
    return found.inbound.kind, found.inbound.text, dict(found.inbound.data)


LINK = {"group": True, "link": "https://t.me/linshan_bot"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"text": "你好"}, ("text", "你好", {})),
        ({"photo": [], "caption": "这个怎么办"}, ("text", "这个怎么办", {})),
        ({"text": "/start"}, ("command", "start", {})),
        ({"text": "/Start guide_id-card"}, ("command", "start", {"argument": "guide_id-card"})),
        ({"text": "/help@LINSHAN_bot"}, ("command", "help", {})),
        ({"text": "/complain 窗口\n骂人"}, ("command", "complain", {"argument": "窗口\n骂人"})),
        ({"text": "/身份证"}, ("text", "/身份证", {})),
        ({"text": "去 /start"}, ("text", "去 /start", {})),
        ({"voice": {}}, ("media", "voice", {})),
        ({"sticker": {}}, ("media", "sticker", {})),
        ({"animation": {}, "document": {}}, ("media", "animation", {})),
        ({"location": {"latitude": 43.87123, "longitude": 125}}, ("location", "", {"lat": 43.871, "lon": 125.0})),
        ({"venue": {}, "location": {"latitude": 1.0, "longitude": 2.0}}, ("location", "", {"lat": 1.0, "lon": 2.0})),
        ({"contact": {"phone_number": "1", "user_id": 7}}, ("contact", "", {})),
        ({"contact": {"phone_number": "1", "user_id": 8}}, ("media", "contact", {})),
        ({"contact": {"phone_number": "1"}}, ("media", "contact", {})),
        ({"chat": GROUP, "text": "@linshan_bot 低保"}, ("text", "低保", LINK)),
        ({"chat": GROUP, "text": "低保 @LINSHAN_BOT 怎么办"}, ("text", "低保 怎么办", LINK)),
        ({"chat": GROUP, "text": "/help@linshan_bot"}, ("command", "help", LINK)),
        ({"chat": GROUP, "text": "低保", "reply_to_message": {"from": {"id": 4242}}}, ("text", "低保", LINK)),
        ({"chat": GROUP, "voice": {}, "reply_to_message": {"from": {"id": 4242}}}, ("media", "voice", LINK)),
        ({"chat": GROUP, "photo": [], "caption": "/help@linshan_bot"}, ("command", "help", LINK)),
    ],
)  # fmt: skip
def test_what_is_for_us(content: dict[str, Any], expected: Any) -> None:
    assert arrived(**content) == expected


@pytest.mark.parametrize(
    "content",
    [
        {"chat": GROUP, "text": "低保"},
        {"chat": GROUP, "text": "@linshan_bot2 低保"},
        {"chat": GROUP, "text": "/help"},
        {"chat": GROUP, "text": "/help@other_bot"},
        {"chat": GROUP, "text": "低保", "reply_to_message": {"from": {"id": 1}}},
        {"chat": GROUP, "text": "低保", "reply_to_message": {}},
        {"chat": GROUP, "location": {"latitude": 1.0, "longitude": 2.0}},
        {"text": "/help@other_bot"},
        {"chat": {"id": -1, "type": "channel"}, "text": "低保"},
        {"from": {"id": 9, "is_bot": True}, "text": "低保"},
        {"via_bot": {"id": 4242}, "text": "低保"},
        {"new_chat_members": []},
        {"pinned_message": {}},
    ],
)
def test_what_is_not_for_us(content: dict[str, Any]) -> None:
    assert isinstance(read(message(**content)), Ignored)


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "poll", "chat_member"])
def test_what_was_not_asked_for_is_let_be(kind: str) -> None:
    assert isinstance(read({"update_id": 1, kind: {}}), Ignored)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ({"type": "user", "sender_user": {"id": 9}}, "user:9"),
        ({"type": "hidden_user", "sender_user_name": "王"}, "hidden:王"),
        ({"type": "chat", "sender_chat": {"id": -9}}, "chat:-9"),
        ({"type": "channel", "chat": {"id": -9}, "message_id": 3}, "channel:-9/3"),
        ({"type": "of tomorrow"}, "unknown"),
    ],
)
def test_the_origin_of_a_forwarded_text(origin: dict[str, Any], expected: str) -> None:
    found = read(message(text="低保", forward_origin=origin))
    assert isinstance(found, Arrived)
    assert found.inbound.forwarded_from == expected


def test_the_other_kinds() -> None:
    tap = {"id": "1", "from": PERSON, "message": {"chat": PRIVATE}, "data": "12:0"}
    found = read({"update_id": 1, "callback_query": tap})
    assert isinstance(found, Arrived)
    assert (found.callback, found.inbound.kind, found.inbound.text) == ("1", "choice", "12:0")
    del tap["message"]
    assert read({"update_id": 1, "callback_query": tap}) == Ignored(
        "a button that is not ours", "1"
    )
    query = {"id": "1", "from": PERSON, "query": "低保"}
    assert read({"update_id": 1, "inline_query": query}) == Queried("1", "7", "低保")
    member = {"chat": PRIVATE, "new_chat_member": {"status": "kicked"}}
    assert read({"update_id": 1, "my_chat_member": member}) == Reached("7", False)
    moved = message(chat={"id": -5, "type": "group"}, migrate_to_chat_id=-100500)
    assert read(moved) == Migrated("-5", "-100500")


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (None, "not an object"),
        ([], "not an object"),
        ({"message": {}}, "update_id: no number"),
        ({"update_id": True}, "update_id: no number"),
        ({"update_id": 1 << 63}, "update_id: no number"),
        ({"update_id": 1, "message": []}, "message: not an object"),
        ({"update_id": 1, "message": {}}, "message.chat: not an object"),
        (message(chat={"id": "7"}), "message.chat.id: not a number"),
        (message(text=5), "message.text: not a text"),
        (message(location={"latitude": 91, "longitude": 0}), "message.location.latitude: no degrees"),
        (message(location={"latitude": float("nan")}), "message.location.latitude: no degrees"),
        ({"update_id": 1, "callback_query": {"id": 5}}, "callback_query.id: not a text"),
    ],
)  # fmt: skip
def test_what_nobody_can_read_says_where(update: Any, reason: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read(update)
    assert str(raised.value) == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
WHOLE = [
    message(text="@linshan_bot 低保", chat=GROUP, reply_to_message={"from": {"id": 4242}}),
    message(location={"latitude": 1.0, "longitude": 2.0}, forward_origin={"type": "user", "sender_user": {"id": 1}}),
    message(contact={"user_id": 7}, via_bot={"id": 1}),
    {"update_id": 1, "callback_query": {"id": "1", "from": PERSON, "message": {"chat": PRIVATE}, "data": "1:0"}},
    {"update_id": 1, "inline_query": {"id": "1", "from": PERSON, "query": "x"}},
    {"update_id": 1, "my_chat_member": {"chat": PRIVATE, "new_chat_member": {"status": "kicked"}}},
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in an update where something else may stand."""
    found = [path] if path else []
    if isinstance(value, dict):
        for name, inner in value.items():
            found += places(inner, (*path, name))
    return found


@st.composite
def mutilated(draw: st.DrawFn) -> Any:
    """A whole update of which parts are missing or are something else."""
    update = copy.deepcopy(draw(st.sampled_from(WHOLE)))
    for path in draw(st.lists(st.sampled_from(places(update)), min_size=1, max_size=3)):
        holder = update
        for name in path[:-1]:
            holder = holder.get(name) if isinstance(holder, dict) else None
        if not isinstance(holder, dict):
            continue
        if draw(st.booleans()):
            holder.pop(path[-1], None)
        else:
            holder[path[-1]] = draw(JSON)
    return update


@given(JSON | mutilated())
def test_any_json_is_understood_or_refused(update: Any) -> None:
    update = masked(json.loads(json.dumps(update)))
    assert key(update) == key(json.loads(json.dumps(update)))
    try:
        found = parse(update, ME, AT)
    except Unreadable as error:
        assert str(error)
        return
    if isinstance(found, Arrived):
        assert EventKind(found.inbound.kind)
        json.dumps(dict(found.inbound.data), allow_nan=False)


@given(st.lists(st.sampled_from(WHOLE) | JSON, unique_by=json.dumps, max_size=5))
def test_what_differs_has_another_key_unless_numbered_alike(updates: list[Any]) -> None:
    broken = [u for u in updates if key(u) < 0]
    assert len({key(u) for u in broken}) == len(broken)


def test_masking_leaves_ids_and_takes_what_is_personal() -> None:
    update = message(
        text="11010519491231002X",
        contact={"phone_number": "13800138000", "vcard": "BEGIN:VCARD"},
        reply_to_message={"caption": "6222021234567890128"},
    )
    update["callback_query"] = {"id": "4386531234567890123", "data": "1:0"}
    found = json.dumps(masked(update))
    for secret in ("11010519491231002X", "13800138000", "VCARD", "6222021234567890128"):
        assert secret not in found
    assert "4386531234567890123" in found

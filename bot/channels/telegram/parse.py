"""A raw update as what it means to us. Pure: what nobody can read raises Unreadable."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot import privacy
from bot.store.sqlite import Inbound
from bot.talk import EventKind, Json
from bot.text import clean

CHANNEL: Final = "telegram"
# What we ask Telegram for.
WANTED: Final = ("message", "callback_query", "inline_query", "my_chat_member")
MEDIA: Final = (
    "voice", "audio", "video_note", "video", "animation", "photo", "document", "sticker",
    "poll", "dice", "game", "story", "paid_media", "checklist", "invoice",
)  # fmt: skip
GONE: Final = ("kicked", "left")
GROUPS: Final = ("group", "supergroup")
_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]+))?(?:\s+(.*))?$", re.DOTALL)
# Ids are numbers or tokens of Telegram's own; all other text is people's.
_TOKENS: Final = frozenset(
    {"id", "data", "chat_instance", "inline_message_id", "file_id", "file_unique_id"}
)
# About a hundred metres: enough for the nearest hall, too little for somebody's door.
_DECIMALS: Final = 3


class Unreadable(ValueError):
    """An update that is not what Telegram promises; the message says where."""


@dataclass(frozen=True)
class Me:
    """The bot itself."""

    id: int
    username: str

    @property
    def link(self) -> str:
        """The way into the private chat."""
        return f"https://t.me/{self.username}"


@dataclass(frozen=True)
class RemoteFile:
    """A photo or document at Telegram's, to be fetched by its id; its size in bytes if told."""

    id: str
    kind: str
    size: int | None


@dataclass(frozen=True)
class Arrived:
    """Something for the one door. For a tap, `callback` is to be answered and the inbound's text
    is the reference that stood on the button. `file` came with it, perhaps under a caption.
    `replied` is Telegram's id of our message that it replies to."""

    inbound: Inbound
    callback: str | None = None
    file: RemoteFile | None = None
    replied: str | None = None


@dataclass(frozen=True)
class Queried:
    """Inline mode: somebody types `@bot text` in any chat."""

    id: str
    sender: str
    text: str


@dataclass(frozen=True)
class Reached:
    """The bot was let into a chat, or shut out."""

    chat: str
    reachable: bool


@dataclass(frozen=True)
class Migrated:
    """A group has another id from now on."""

    chat: str
    to: str


@dataclass(frozen=True)
class Ignored:
    """Not for us; `callback` is to be answered all the same."""

    reason: str
    callback: str | None = None


Parsed = Arrived | Queried | Reached | Migrated | Ignored


def number(update: Json) -> int | None:
    """The update's own number; None for what has none, which nobody can read."""
    found = update.get("update_id") if isinstance(update, dict) else None
    # SQLite holds 64 bits.
    return found if type(found) is int and 0 <= found < 1 << 63 else None


def key(update: Json) -> int:
    """By what an update is known again: its number, or a negative digest of what it holds."""
    found = number(update)
    if found is not None:
        return found
    digest = hashlib.sha256(json.dumps(update, sort_keys=True).encode()).digest()
    return -1 - int.from_bytes(digest[:7])


def masked(value: Json) -> Json:
    """An update as it may be stored: without identity and card numbers, phones and exact places."""
    if isinstance(value, str):
        return privacy.mask(value)
    if isinstance(value, list):
        return [masked(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {k: v if k in _TOKENS and _is_plain(v) else masked(v) for k, v in value.items()}
    for name in ("phone_number", "vcard"):
        if name in found:
            found[name] = ""
    for name in ("latitude", "longitude"):
        if isinstance(found.get(name), float):
            found[name] = round(found[name], _DECIMALS)
    return found


def _is_plain(value: Json) -> bool:
    return not isinstance(value, dict | list)


def parse(update: Json, me: Me, at: str) -> Parsed:
    """What an update means. Raises Unreadable for what breaks Telegram's own rules."""
    if not isinstance(update, dict):
        raise Unreadable("not an object")
    if number(update) is None:
        raise Unreadable("update_id: no number")
    readers: dict[str, Callable[[_Part, Me, str], Parsed]] = {
        "message": _message,
        "callback_query": _tap,
        "inline_query": _query,
        "my_chat_member": _membership,
    }
    for name, read in readers.items():
        if name in update:
            return read(_Part(update, "").part(name), me, at)
    return Ignored("a kind of update that was not asked for")


@dataclass(frozen=True)
class _Part:
    """An object within an update, and where it stands; its readers refuse a wrong type."""

    value: Mapping[str, Any]
    where: str

    def __contains__(self, name: str) -> bool:
        return name in self.value

    def _get(self, name: str, kind: type, what: str) -> Any:
        found = self.value.get(name)
        # bool is an int to Python, but not to Telegram.
        if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
            raise Unreadable(f"{self.where}{name}: {what}")
        return found

    def part(self, name: str) -> _Part:
        return _Part(self._get(name, dict, "not an object"), f"{self.where}{name}.")

    def number(self, name: str) -> int:
        return int(self._get(name, int, "not a number"))

    def text(self, name: str) -> str:
        return str(self._get(name, str, "not a text"))

    def degrees(self, name: str, limit: int) -> float:
        found = self.value.get(name)
        # NaN is within no limits.
        if not isinstance(found, int | float) or not -limit <= found <= limit:
            raise Unreadable(f"{self.where}{name}: no degrees")
        return round(float(found), _DECIMALS)


def _message(message: _Part, me: Me, at: str) -> Parsed:
    chat = message.part("chat")
    where, setting = chat.number("id"), chat.text("type")
    identity = message.number("message_id")
    if "migrate_to_chat_id" in message:
        return Migrated(str(where), str(message.number("migrate_to_chat_id")))
    if setting not in ("private", *GROUPS):
        return Ignored("a channel's post")
    sender = message.part("from") if "from" in message else None
    if sender and sender.value.get("is_bot") is True:
        return Ignored("said by a bot")
    if "via_bot" in message and message.part("via_bot").number("id") == me.id:
        return Ignored("a card of our own")
    said = _said(message, me, sender.number("id") if sender else None)
    if said is None:
        return Ignored("nothing for us")
    kind, text, data = said
    if setting in GROUPS:
        if not _addressed(message, me, kind, text):
            return Ignored("talk among others")
        text = _without(me, text)
        data = {**data, "group": True, "link": me.link}
    return Arrived(
        Inbound(
            channel=CHANNEL,
            chat=str(where),
            message=str(identity),
            kind=kind.value,
            text=text,
            at=at,
            sender=str(sender.number("id")) if sender else None,
            forwarded_from=_origin(message),
            data=data,
        ),
        file=None if setting in GROUPS else _file(message),
        replied=_replied(message, me),
    )


def _replied(message: _Part, me: Me) -> str | None:
    """The id of our own message that is replied to; None for anybody else's."""
    found = message.value.get("reply_to_message")
    if not isinstance(found, dict) or not isinstance(found.get("from"), dict):
        return None
    return str(found.get("message_id")) if found["from"].get("id") == me.id else None


def _file(message: _Part) -> RemoteFile | None:
    """The largest size of a photo, or a document; None for what cannot be fetched."""
    kind = "photo" if "photo" in message else "document"
    found = message.value.get(kind)
    if kind == "photo":
        found = found[-1] if isinstance(found, list) and found else None
    if not isinstance(found, dict) or not isinstance(found.get("file_id"), str):
        return None
    size = found.get("file_size")
    return RemoteFile(found["file_id"], kind, size if isinstance(size, int) else None)


_Said = tuple[EventKind, str, dict[str, Json]]


def _said(message: _Part, me: Me, sender: int | None) -> _Said | None:
    """Kind, text and data of what was sent; None for what is no message to anybody."""
    for name in ("text", "caption"):
        if name in message:
            return _text(message.text(name), me)
    if "location" in message:  # a venue carries one too
        place = message.part("location")
        point = {"lat": place.degrees("latitude", 90), "lon": place.degrees("longitude", 180)}
        return EventKind.location, "", point
    if "contact" in message:
        own = message.part("contact").value.get("user_id") == sender and sender is not None
        return (EventKind.contact, "", {}) if own else (EventKind.media, "contact", {})
    for name in MEDIA:
        if name in message:
            return EventKind.media, name, {}
    return None


def _text(text: str, me: Me) -> _Said | None:
    command = _COMMAND.match(clean(text))
    if command is None:
        return EventKind.text, text, {}
    name, to, argument = command.groups()
    if to and to.lower() != me.username.lower():
        return None  # another bot's
    data = {"argument": argument} if argument else {}
    return EventKind.command, name.lower(), data


def _addressed(message: _Part, me: Me, kind: EventKind, text: str) -> bool:
    """In a group we speak only when spoken to."""
    if kind is EventKind.command:
        written = message.text("text" if "text" in message else "caption")
        return f"@{me.username}".lower() in written.lower()
    if _replied(message, me):
        return True
    return kind is EventKind.text and _without(me, text) != text


def _without(me: Me, text: str) -> str:
    mention = re.compile(rf"\s*@{re.escape(me.username)}(?![A-Za-z0-9_])\s*", re.IGNORECASE)
    return mention.sub(" ", text).strip() if mention.search(text) else text


def _origin(message: _Part) -> str | None:
    """Who said it first, as in `user:7`; the four kinds that Telegram knows."""
    if "forward_origin" not in message:
        return None
    origin = message.part("forward_origin")
    kind = origin.text("type")
    if kind == "user":
        return f"user:{origin.part('sender_user').number('id')}"
    if kind == "hidden_user":
        return f"hidden:{clean(origin.text('sender_user_name'))}"
    if kind == "chat":
        return f"chat:{origin.part('sender_chat').number('id')}"
    if kind == "channel":
        return f"channel:{origin.part('chat').number('id')}/{origin.number('message_id')}"
    return "unknown"


def _tap(tap: _Part, me: Me, at: str) -> Parsed:
    identity, sender = tap.text("id"), tap.part("from").number("id")
    if "message" not in tap or "data" not in tap:
        return Ignored("a button that is not ours", identity)
    chat = tap.part("message").part("chat")
    group = chat.value.get("type") in GROUPS
    inbound = Inbound(
        channel=CHANNEL,
        chat=str(chat.number("id")),
        message=f"tap:{clean(identity)}",
        kind=EventKind.choice.value,
        text=clean(tap.text("data")),
        at=at,
        sender=str(sender),
        data={"group": True, "link": me.link} if group else {},
    )
    return Arrived(inbound, identity)


def _query(query: _Part, _: Me, __: str) -> Parsed:
    return Queried(query.text("id"), str(query.part("from").number("id")), query.text("query"))


def _membership(change: _Part, _: Me, __: str) -> Parsed:
    status = change.part("new_chat_member").text("status")
    return Reached(str(change.part("chat").number("id")), status not in GONE)

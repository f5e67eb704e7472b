"""Staff in chat: linked by a code, told of cases, and working them off there. Pure.

Every turn is by the way: whatever the chat was about before, it still is. What a text answers
arrives with the event (`desk`), and who may do what is the desk's to say, never ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bot.talk import Choice, Effect, Event, EventKind, Json, Outcome, Reply, State, Turn

if TYPE_CHECKING:
    from bot.book import Book

NAME: Final = "inbox"
# `/desk CODE`, or the link `/start desk_CODE`.
DESK: Final = "desk"
_CODE: Final = "desk_"
ASKS: Final = ("answer", "ask_back", "extend", "return", "merge", "reopen", "note")
MOVES: Final = ("take", "resume", "dispatch")
# What the desk tells: the reply of that name, what it is about, and what else is in it.
TOLD: Final = {
    "linked": ("name", "role", "organisation", "group"),
    "listed": ("cases", "count"),
    "asks": ("move", "case", "alike"),
    "previewed": ("number", "move", "texts"),
    "moved": ("case", "move"),
    "noted": ("case",),
    "dropped": ("number",),
    "shown": ("case", "history", "notes"),
}


class Inbox:
    """Takes one turn in the midst of any conversation, and leaves that as it was."""

    name = NAME
    takes: frozenset[EventKind] = frozenset()

    def claims(self, event: Event, _: State) -> bool:
        """Whether an event is the desk's: a code, and whatever staff do with a case.

        For everybody else a button or a command of ours is one that nobody knows.
        """
        if event.kind is EventKind.command and _code(event) is not None:
            return True
        desk = event.data.get("desk")
        if not desk:
            return False
        if event.kind is EventKind.command:
            return event.text == NAME
        if event.kind is EventKind.choice:
            return event.text.startswith(f"{NAME}:")
        about = desk.get("about") if event.kind is EventKind.text else None
        if not about or event.data.get("forwarded"):
            return False
        intent = (event.ranking.intent if event.ranking else None) or ""
        return not (about["bare"] and intent.startswith("crisis"))

    def start(self, back: State) -> State:
        """Nothing asked yet; `back` is the conversation to return to."""
        return State(NAME, "open", {"back": back.to_json()})

    def step(self, state: State, event: Event, book: Book) -> Turn:
        """Asks the desk, then tells what it found."""
        if event.kind is EventKind.effect:
            return _turn(state, _told(event.data))
        effect = _effect(event)
        if effect is None:
            return _turn(state, _reply("not_now", code="used", case=None))
        if effect.name != "desk_link" and not (event.data.get("desk") or {}).get("linked"):
            return _turn(state, _reply("unlinked"))
        return Turn(state, (), Outcome.track, (effect,), aside=True)


def _code(event: Event) -> str | None:
    """The code that a command brings."""
    argument = str(event.data.get("argument") or "").strip()
    if event.text == DESK:
        return argument.removeprefix(_CODE) or None
    is_link = event.text == "start" and argument.startswith(_CODE)
    return argument.removeprefix(_CODE) if is_link else None


def _effect(event: Event) -> Effect | None:
    """What an event asks of the desk; None for a button that says nothing to us."""
    if event.kind is EventKind.command:
        code = _code(event)
        return Effect("desk_list") if code is None else Effect("desk_link", {"code": code})
    if event.kind is EventKind.text:
        about = event.data["desk"]["about"]
        return Effect("desk_draft", {"number": about["number"], "wanted": about["wanted"]})
    kind, number, version, row, code, *_ = [*event.text.split(":")[1:], *[""] * 5]
    about_case = {"number": number, "version": _count(version)}
    about_draft = {**about_case, "row": _count(row)}
    if kind in ASKS:
        return Effect("desk_ask", {**about_case, "move": kind})
    if kind in MOVES:
        return Effect("desk_move", {**about_case, "move": kind})
    return {
        "list": Effect("desk_list"),
        "show": Effect("desk_show", about_case),
        "change": Effect("desk_ask", about_draft),
        "preview": Effect("desk_preview", about_draft),
        "send": Effect("desk_send", {**about_draft, "code": code or None}),
        "cancel": Effect("desk_cancel", about_draft),
    }.get(kind)


def _told(data: Any) -> Reply:
    """What the desk found or did, as a reply."""
    if code := data.get("refused"):
        if data["effect"] == "desk_link":
            return _reply("not_linked", code=code)
        if code == "unlinked":
            return _reply("unlinked")
        return _reply("not_now", data, code=code, case=data.get("case"), number=data["number"])
    key = next(key for key in TOLD if key in data)
    name, *others = TOLD[key]
    return _reply(key, data, **{name: data[key]}, **{one: data[one] for one in others})


def _reply(key: str, data: Any = None, **params: Json) -> Reply:
    offered = (data or {}).get("choices") or ()
    return Reply(f"{NAME}.{key}", params, tuple(Choice(**one) for one in offered))


def _turn(state: State, reply: Reply) -> Turn:
    return Turn(state, (reply,), Outcome.track, aside=True)


def _count(text: str) -> int:
    """A number of a button; 0, which fits nothing, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0

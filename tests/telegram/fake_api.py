"""A strict Bot API server of our own: real HTTP, and it refuses what the real one refuses."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn
from bad_html import BadHtml, plain, units
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

TOKEN = "4242:strict-fake"
ME = {"id": 4242, "is_bot": True, "first_name": "家门口", "username": "linshan_bot"}

PARAMS = {
    "getMe": set(),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {"url", "secret_token", "allowed_updates", "drop_pending_updates", "max_connections"},
    "deleteWebhook": {"drop_pending_updates"},
    "getFile": {"file_id"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "deleteMyCommands": {"scope", "language_code"},
    "sendMessage": {"chat_id", "text", "parse_mode", "reply_markup", "link_preview_options", "reply_parameters"},
    "editMessageText": {"chat_id", "message_id", "text", "parse_mode", "reply_markup", "link_preview_options"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "answerInlineQuery": {"inline_query_id", "results", "cache_time", "is_personal", "next_offset", "button"},
}  # fmt: skip


class Refusal(Exception):
    """An answer that is not ok."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


@dataclass
class Call:
    """A call that was accepted."""

    method: str
    params: dict[str, str]
    result: Any


@dataclass
class Plan:
    """What goes wrong with the next fitting call: a refusal, or a function that is awaited."""

    method: str
    do: Refusal | Callable[[], Any]
    chat: int | None = None


@dataclass
class FakeApi:
    """Serves in a thread of its own; a test looks at it from outside."""

    updates: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    planned: list[Plan] = field(default_factory=list)
    messages: dict[tuple[int, int], str] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    moved: dict[int, int] = field(default_factory=dict)
    taps: set[str] = field(default_factory=set)
    webhook: dict[str, str] | None = None
    # Methods whose answers nobody can read, though the call was worked on.
    garbled: set[str] = field(default_factory=set)
    # What people sent, by file id.
    files: dict[str, bytes] = field(default_factory=dict)
    offsets: list[int] = field(default_factory=list)
    # Called with the method before and after each call is worked on; may kill a process.
    watch: Callable[[str, str], None] = lambda *_: None

    def __post_init__(self) -> None:
        self._ids = itertools.count(1000)
        self._message_ids = itertools.count(1)
        self._polls = 0
        # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms more for every answer.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self._server: uvicorn.Server | None = None

    # Around a test

    def start(self) -> FakeApi:
        routes = [
            Route("/bot{token}/{method}", self._answer, methods=["POST", "GET"]),
            Route("/file/bot{token}/{file}", self._download),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            log_level="error",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._socket.listen(64)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._server:
            self._server.should_exit = True
            self._thread.join()
        self._socket.close()

    # What citizens do

    def put(self, **content: Any) -> int:
        """An update that waits to be fetched."""
        update = {"update_id": next(self._ids), **content}
        self.updates.append(update)
        return update["update_id"]

    def message(self, chat: int, user: int | None = None, **content: Any) -> int:
        """A message; in a group (negative id) `user` says it. Returns its message id."""
        kind = "private" if chat > 0 else "supergroup"
        identity = next(self._message_ids)
        person = {"id": user or abs(chat), "is_bot": False, "first_name": "王"}
        self.put(
            message={
                "message_id": identity,
                "date": 1_790_000_000,
                "chat": {"id": chat, "type": kind},
                "from": person,
                **content,
            }
        )
        return identity

    def reply(self, chat: int, text: str, to: str, user: int | None = None) -> int:
        """Replies to the bot's newest message in a chat that contains `to`."""
        found = [
            {"message_id": c.result["message_id"], "from": ME, "chat": {"id": chat}}
            for c in self.of("sendMessage", chat)
            if to in plain(c.params["text"])
        ]
        return self.message(chat, user, text=text, reply_to_message=found[-1])

    def photo(self, chat: int, data: bytes, *, told: bool = True, **content: Any) -> int:
        """A photo in two sizes, the smaller one of no use; without `told` Telegram names no size."""
        small, large = self._file(b"small"), self._file(data)
        if not told:
            del large["file_size"]
        return self.message(chat, photo=[small, large], **content)

    def document(self, chat: int, data: bytes, name: str = "a.pdf", **content: Any) -> int:
        document = {**self._file(data), "file_name": name, "mime_type": "image/jpeg"}
        return self.message(chat, document=document, **content)

    def _file(self, data: bytes) -> dict[str, Any]:
        # Digits that look like a card's number: an id is no number of anybody's.
        identity = f"AgAC6222021234567890123{len(self.files)}"
        self.files[identity] = data
        return {"file_id": identity, "file_unique_id": identity, "file_size": len(data)}

    def tap(self, chat: int, data: str, user: int | None = None) -> str:
        """A button is tapped; in a group (negative id) by `user`."""
        identity = f"{next(self._ids)}00000000000000"
        self.taps.add(identity)
        kind = "private" if chat > 0 else "supergroup"
        where = {"message_id": 1, "date": 0, "chat": {"id": chat, "type": kind}}
        person = {"id": user or abs(chat), "is_bot": False, "first_name": "王"}
        self.put(
            callback_query={
                "id": identity, "from": person, "message": where, "chat_instance": "1", "data": data,
            }
        )  # fmt: skip
        return identity

    def plan(self, method: str, do: Refusal | Callable[[], Any], chat: int | None = None) -> None:
        """Something goes wrong with the next call of a method, perhaps for one chat alone."""
        self.planned.append(Plan(method, do, chat))

    async def push(self, address: str) -> list[int]:
        """Calls the webhook at `address` with what waits, each until 200; returns the codes."""
        codes = []
        async with httpx.AsyncClient() as client:
            while self.updates:
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook["secret_token"]}
                path = urlsplit(self.webhook["url"]).path
                body = json.dumps(self.updates[0])
                response = await client.post(address + path, content=body, headers=headers)
                codes.append(response.status_code)
                if response.status_code == 200:
                    self.updates.pop(0)
        return codes

    # What was sent

    def of(self, method: str, chat: int | None = None) -> list[Call]:
        return [
            c for c in self.calls
            if c.method == method and chat in (None, int(c.params.get("chat_id", 0)))
        ]  # fmt: skip

    def texts(self, chat: int | None = None) -> list[str]:
        """The messages that a chat got, as people see them."""
        return [plain(call.params["text"]) for call in self.of("sendMessage", chat)]

    def buttons(self, chat: int) -> list[tuple[str, str]]:
        """Label and data of the buttons under the newest message that has some."""
        for call in reversed(self.of("sendMessage", chat) + self.of("editMessageText", chat)):
            if keyboard := call.params.get("reply_markup"):
                rows = json.loads(keyboard)["inline_keyboard"]
                return [(b["text"], b["callback_data"]) for row in rows for b in row]
        return []

    # The server

    async def _answer(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            form = {**request.query_params, **(await request.form())}
        except ClientDisconnect:  # killed amid its call
            return Response(status_code=499)
        self.watch("before", method)
        try:
            result = await self._call(request, method, form)
        except Refusal as error:
            self.refused.append((method, error.description))
            body = {"ok": False, "error_code": error.code, "description": error.description}
            if error.parameters:
                body["parameters"] = error.parameters
            return _json(body, error.code)
        self.watch("after", method)
        if method in self.garbled:
            return _json({"ok": True, "result": {"message_id": "?"}})
        return _json({"ok": True, "result": result})

    async def _download(self, request: Request) -> Response:
        self.watch("before", "download")
        try:
            await self._planned("download", 0)
        except Refusal as error:
            body = {"ok": False, "error_code": error.code, "description": error.description}
            return _json(body, error.code)
        known = self.files.get(request.path_params["file"])
        if request.path_params["token"] != TOKEN or known is None:
            return _json({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        return Response(known)

    async def _call(self, request: Request, method: str, params: dict[str, Any]) -> Any:
        if request.path_params["token"] != TOKEN:
            raise Refusal(401, "Unauthorized")
        if method not in PARAMS:
            raise Refusal(404, "Not Found")
        if unknown := set(params) - PARAMS[method]:
            raise Refusal(400, f"Bad Request: unknown parameters {unknown}")
        await self._planned(method, int(params.get("chat_id", 0)))
        if method == "getUpdates":
            return await self._get_updates(request, params)
        name = re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", method)
        result = getattr(self, f"_{name}")(params)
        self.calls.append(Call(method, params, result))
        return result

    async def _planned(self, method: str, chat: int) -> None:
        for plan in self.planned:
            if plan.method == method and plan.chat in (None, chat):
                self.planned.remove(plan)
                if isinstance(plan.do, Refusal):
                    raise plan.do
                await plan.do()
                return

    async def _get_updates(self, request: Request, params: dict[str, Any]) -> list[Any]:
        if self.webhook:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        self._polls += 1
        mine = self._polls
        offset, limit = int(params.get("offset", 0)), int(params.get("limit", 100))
        if not 1 <= limit <= 100:
            raise Refusal(400, "Bad Request: limit")
        self.offsets.append(offset)
        if offset > 0:
            self.updates[:] = [u for u in self.updates if _number(u) >= offset]
        give_up = time.monotonic() + min(int(params.get("timeout", 0)), 50)
        while not self.updates and time.monotonic() < give_up and not self._server.should_exit:
            await asyncio.sleep(0.01)
            if await request.is_disconnected():  # a bot that has stopped is no conflict
                return []
            if self._polls != mine:
                raise Refusal(409, "Conflict: terminated by other getUpdates request")
        return self.updates[:limit]

    def _get_me(self, _: dict[str, Any]) -> Any:
        return ME

    def _get_file(self, params: dict[str, Any]) -> Any:
        data = self.files.get(params["file_id"])
        if data is None:
            raise Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(data) > 20 * 1024 * 1024:
            raise Refusal(400, "Bad Request: file is too big")
        identity = params["file_id"]
        return {
            "file_id": identity, "file_unique_id": identity, "file_path": identity,
            "file_size": len(data),
        }  # fmt: skip

    def _set_webhook(self, params: dict[str, Any]) -> bool:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", params.get("secret_token", "x")):
            raise Refusal(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = params
        return True

    def _delete_webhook(self, _: dict[str, Any]) -> bool:
        self.webhook = None
        return True

    def _set_my_commands(self, params: dict[str, Any]) -> bool:
        commands = json.loads(params["commands"])
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        scope = json.loads(params.get("scope", '{"type": "default"}'))
        if scope["type"] not in ("default", "chat") or (scope["type"] == "chat") != (
            isinstance(scope.get("chat_id"), int)
        ):
            raise Refusal(400, "Bad Request: chat not found")
        return True

    def _delete_my_commands(self, params: dict[str, Any]) -> bool:
        if not isinstance(json.loads(params["scope"]).get("chat_id"), int):
            raise Refusal(400, "Bad Request: chat not found")
        return True

    def _send_message(self, params: dict[str, Any]) -> Any:
        chat = self._reached(params)
        _check_text(params["text"], params.get("parse_mode"))
        _check_keyboard(params.get("reply_markup"))
        identity = next(self._message_ids)
        self.messages[chat, identity] = params["text"] + params.get("reply_markup", "")
        return self._shown(chat, identity, params["text"])

    def _edit_message_text(self, params: dict[str, Any]) -> Any:
        chat, identity = self._reached(params), int(params["message_id"])
        _check_text(params["text"], params.get("parse_mode"))
        _check_keyboard(params.get("reply_markup"))
        if (chat, identity) not in self.messages:
            raise Refusal(400, "Bad Request: message to edit not found")
        content = params["text"] + params.get("reply_markup", "")
        if self.messages[chat, identity] == content:
            raise Refusal(400, "Bad Request: message is not modified")
        self.messages[chat, identity] = content
        return self._shown(chat, identity, params["text"])

    def _reached(self, params: dict[str, Any]) -> int:
        chat = int(params["chat_id"])
        if chat in self.moved:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.moved[chat],
            )
        if chat in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return chat

    def _shown(self, chat: int, identity: int, text: str) -> Any:
        kind = "private" if chat > 0 else "supergroup"
        where = {"id": chat, "type": kind}
        return {"message_id": identity, "date": 1_790_000_000, "chat": where, "text": plain(text)}

    def _answer_callback_query(self, params: dict[str, Any]) -> bool:
        if params["callback_query_id"] not in self.taps:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired")
        self.taps.remove(params["callback_query_id"])
        return True

    def _answer_inline_query(self, params: dict[str, Any]) -> bool:
        results = json.loads(params["results"])
        identities = [r["id"] for r in results]
        if len(results) > 50 or len(set(identities)) < len(identities):
            raise Refusal(400, "Bad Request: RESULTS_TOO_MUCH or RESULT_ID_DUPLICATE")
        for result in results:
            if not 1 <= len(result["id"].encode()) <= 64 or not result["title"]:
                raise Refusal(400, "Bad Request: RESULT_ID_INVALID")
            content = result["input_message_content"]
            _check_text(content["message_text"], content.get("parse_mode"))
            _check_keyboard(json.dumps(result["reply_markup"]))
        return True


def _json(body: Any, code: int = 200) -> Response:
    """Escaped, as the real one does: a lone surrogate goes through."""
    return Response(json.dumps(body), code, media_type="application/json")


def _number(update: Any) -> int:
    """A broken update may have no number; then the newest stands for it."""
    found = update.get("update_id") if isinstance(update, dict) else None
    return found if isinstance(found, int) else 0


def _check_text(text: str, parse_mode: str | None) -> None:
    try:
        shown = plain(text) if parse_mode == "HTML" else text
    except BadHtml as error:
        raise Refusal(400, f"Bad Request: {error}") from error
    if not shown.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if units(shown) > 4096:
        raise Refusal(400, "Bad Request: message is too long")


def _check_keyboard(markup: str | None) -> None:
    for row in json.loads(markup)["inline_keyboard"] if markup else []:
        for button in row:
            if not button.get("text"):
                raise Refusal(400, "Bad Request: BUTTON_TEXT_EMPTY")
            kinds = set(button) - {"text"}
            if len(kinds) != 1 or not kinds <= {"url", "callback_data"}:
                raise Refusal(400, "Bad Request: BUTTON_TYPE_INVALID")
            if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")

"""Hostile inputs over real HTTP and in the terminal: nothing changes that should not, all goes on."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.app import App
from bot.channels import terminal
from bot.store.cases import Cases
from tests import hostile
from tests.conftest import INDEX
from tests.townsfolk import AT, Town, opened
from tests.web.page import Page
from tests.web.server import Server

CONTACT = "13900001234"
STORY = f"我要投诉，2号窗口的马某骂我，身份证拖了一个月，我电话{CONTACT}"
QUESTION, ANSWER = "怎么领结婚证", "领结婚证"
API = "/api/v1/ask"
# What an attacker's own message may add rows to.
OWN = ("inbox", "turns", "outbox", "chats", "sessions", "gaps", "cases", "case_history",
       "case_timers", "case_days", "case_tries", "topics", "sqlite_sequence")  # fmt: skip


@dataclass
class House:
    """The server, and one citizen's complaint that is nobody else's business."""

    server: Server
    number: str = ""
    word: str = ""
    before: dict[str, Any] = field(default_factory=dict)

    def browser(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.server.url, timeout=60, headers=headers)

    def file(self) -> None:
        """The victim files a complaint, with a contact and a check word."""
        with self.browser() as client:
            for text in (STORY, "就这些"):
                answer = say(client, text=text)
                assert answer.status_code == 303
        with sqlite3.connect(self.server.data / "doorstep.db") as db:
            ((told,),) = db.execute("SELECT text FROM outbox WHERE text LIKE '%投诉回执%'")
        db.close()
        self.number = told.partition("编号：")[2].split("\n")[0]
        self.word = told.partition("查询口令：")[2].split("\n")[0]
        assert len(self.word) >= 3
        self.before = self.seen()

    def seen(self) -> dict[str, Any]:
        """All that no stranger may change."""
        with sqlite3.connect(self.server.data / "doorstep.db") as db:
            (case,) = db.execute("SELECT * FROM cases WHERE number = ?", (self.number,)).fetchall()
            number, chat = (
                case[0],
                db.execute("SELECT chat FROM cases WHERE number = ?", (self.number,)).fetchone()[0],
            )
            counts = {
                table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                if table not in OWN
            }
            found = {
                # A topic gathers whoever complains of the same: that is no change of the case.
                "case": [c for c in case if c is not None],
                "history": db.execute(
                    "SELECT * FROM case_history WHERE case_id = ?", (number,)
                ).fetchall(),
                "chat": db.execute("SELECT state FROM chats WHERE chat = ?", (chat,)).fetchall(),
                "said": db.execute("SELECT text FROM inbox WHERE chat = ?", (chat,)).fetchall(),
                "told": db.execute("SELECT text FROM outbox WHERE chat = ?", (chat,)).fetchall(),
                "schema": db.execute("SELECT name, sql FROM sqlite_master").fetchall(),
                "counts": counts,
            }
        db.close()
        found["files"] = {p.name for p in self.server.data.iterdir()}
        return found

    def unharmed(self, *shown: str) -> None:
        """Nothing changed, nothing of the victim's was told, and the next citizen is served."""
        assert self.seen() == self.before
        for text in shown:
            for secret in (CONTACT, self.word, "马某"):
                assert secret not in text
            assert hostile.RESULT not in text
        with self.browser() as client:
            assert client.get("/healthz").status_code == 200
            assert ANSWER in client.post(API, json={"text": QUESTION}).json()["text"]
        assert "Traceback" not in self.server.said()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data = tmp_path_factory.mktemp("hostile")
    with Server(data, DOORSTEP_RATE_SESSION="60000", DOORSTEP_RATE_ADDRESS="600000") as server:
        found = House(server)
        found.file()
        yield found


def say(client: httpx.Client, **fields: str) -> httpx.Response:
    page = Page(client.get("/").text)
    sent = {"token": page.inputs["token"], "message": page.inputs["message"], **fields}
    return client.post("/", data=sent)


def named(texts: tuple[str, ...]) -> list[Any]:
    return [pytest.param(text, id=f"{n:02}") for n, text in enumerate(texts)]


@pytest.mark.parametrize("text", named(hostile.TEXTS))
def test_said_in_the_form(house: House, text: str) -> None:
    text = text.replace("{victim}", house.number)
    with house.browser() as client:
        plain = client.get("/").text
        answer = say(client, text=text)
        assert answer.status_code in (303, 422)
        html = client.get("/").text
    page = Page(html)  # every element is closed, where it was opened
    if "<" in text:
        assert text not in html
    for tag in ("<script", "<iframe", "<svg", "<img", "<form"):
        assert html.count(tag) == plain.count(tag)
    assert not [link for link in page.links if "evil" in link or link.startswith("javascript")]
    assert len(answer.headers.get_list("set-cookie")) <= 1
    house.unharmed(html)


@pytest.mark.parametrize("text", named(hostile.TEXTS))
def test_asked_over_the_api(house: House, text: str) -> None:
    text = text.replace("{victim}", house.number)
    with house.browser() as client:
        answer = client.post(API, json={"text": text})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    house.unharmed(answer.json()["text"])


@pytest.mark.parametrize("choice", named(hostile.CHOICES))
def test_choices_that_nobody_was_offered(house: House, choice: str) -> None:
    choice = choice.replace("{victim}", house.number)
    with house.browser() as client:
        first = client.post(API, json={"text": "你好"}).json()
        answer = client.post(API, json={"choice": choice, "session": first["session"]})
        assert answer.status_code == 200
        # Whatever it led to, words said there go to nobody's complaint.
        after = client.post(API, json={"text": "加上这句", "session": first["session"]})
        assert after.status_code == 200
        form = say(client, choice=choice, text="")
        assert form.status_code in (303, 422)
        html = client.get("/").text
        say(client, text="加上这句")
    Page(html)
    house.unharmed(answer.json()["text"], after.json()["text"], html)


@pytest.mark.parametrize("choice", named(hostile.CHOICES))
def test_choices_amid_a_complaint_of_ones_own(house: House, choice: str) -> None:
    choice = choice.replace("{victim}", house.number)
    with house.browser() as client:
        text = "我要投诉，社保大厅的人爱答不理，拖了三个月"
        first = client.post(API, json={"text": text}).json()
        answer = client.post(API, json={"choice": choice, "session": first["session"]})
    assert (answer.status_code, answer.json()["outcome"] == "error") == (200, False)
    house.unharmed(answer.json()["text"])


BODIES: dict[str, bytes] = {
    "empty": b"",
    "no json": b"text=hello",
    "null": b"null",
    "list": b"[]",
    "number": b"5",
    "text alone": '"身份证"'.encode(),
    "nothing asked": b"{}",
    "text null": b'{"text": null}',
    "text number": b'{"text": 5}',
    "text list": b'{"text": ["a"]}',
    "text object": b'{"text": {"$gt": ""}}',
    "text empty": b'{"text": ""}',
    "both": b'{"text": "a", "choice": "b"}',
    "more": b'{"text": "a", "role": "admin"}',
    "prototype": b'{"text": "a", "__proto__": {"admin": true}}',
    "not a number": b'{"text": NaN}',
    "endless": b'{"text": 1e9999}',
    "deep": b'{"text": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "deep objects": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "long number": b'{"text": ' + b"9" * 5_000 + b"}",
    "many keys": b"{" + b",".join(b'"k%d": 1' % n for n in range(3_000)) + b"}",
    "bom": b'\xef\xbb\xbf{"text": "a"}',
    "utf-16": '{"text": "a"}'.encode("utf-16"),
    "broken utf-8": b'{"text": "\xff\xfe"}',
    "half a surrogate": b'{"text": "\\ud800"}',
    "session of another kind": b'{"text": "a", "session": "../../etc/passwd"}',
    "session made up": b'{"text": "a", "session": "' + b"x" * 43 + b'"}',
    "session with a line": b'{"text": "a", "session": "' + b"x" * 42 + b'\\n"}',
    "message with a path": b'{"text": "a", "message": "../x"}',
    "message with a line": b'{"text": "a", "message": "x\\n"}',
    "message too long": b'{"text": "a", "message": "' + b"x" * 65 + b'"}',
    "too large": b'{"text": "' + b"x" * 300_000 + b'"}',
    "cut off": b'{"text": "a',
    "comment": b'{"text": "a" /* x */}',
    "trailing": b'{"text": "a"}{"text": "b"}',
    "binary": bytes(range(256)) * 4,
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
}
ODD_BUT_READ = ("half a surrogate", "bom", "utf-16")


@pytest.mark.parametrize("name", BODIES)
def test_bodies_that_are_no_question(house: House, name: str) -> None:
    with house.browser(**{"content-type": "application/json"}) as client:
        answer = client.post(API, content=BODIES[name])
    allowed = (200, 400, 422) if name in ODD_BUT_READ else (400, 404, 413, 422)
    assert answer.status_code in allowed
    assert answer.json().keys() >= {"outcome"}
    house.unharmed(answer.text)


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        ({}, {}),
        ({"token": ""}, {}),
        ({"token": "0" * 64}, {}),
        ({"token": "none"}, {"Origin": "https://evil.test"}),
        ({"token": "other"}, {}),
        ({"token": "other"}, {"Referer": "https://evil.test/"}),
        ({"token": "own", "message": "../../x"}, {}),
        ({"token": "own", "message": ""}, {}),
        ({"token": "own", "message": "x" * 65}, {}),
    ],
)
def test_a_form_of_another_site(
    house: House, fields: dict[str, str], headers: dict[str, str]
) -> None:
    with house.browser() as client, house.browser() as stranger:
        own, other = (Page(c.get("/").text).inputs["token"] for c in (client, stranger))
        known = {"own": own, "other": other}
        sent = {"message": "0123456789", "text": QUESTION, **fields}
        if "token" in fields:
            sent["token"] = known.get(fields["token"], fields["token"])
        for path in ("/", "/chat/say"):
            assert client.post(path, data=sent, headers=headers).status_code == 403
        assert QUESTION not in client.get("/").text
    house.unharmed()


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "x" * 42, "x" * 44, "../" * 14 + "x", "{chat}", "{hash}", "' OR 1=1 --" + "x" * 32,
     "\u0661" * 43, "x" * 8_000],
)  # fmt: skip
def test_a_session_that_is_not_ones_own(house: House, cookie: str) -> None:
    with sqlite3.connect(house.server.data / "doorstep.db") as db:
        chat, mark = db.execute(
            "SELECT s.subject, s.hash FROM sessions s JOIN cases c ON c.chat = s.subject"
            " WHERE c.number = ?",
            (house.number,),
        ).fetchone()
    db.close()
    cookie = cookie.replace("{chat}", chat).replace("{hash}", str(mark)[:43])
    with house.browser() as client:
        answer = client.get("/", headers={"Cookie": f"doorstep={cookie}".encode()})
        asked = client.post(API, json={"text": "我的投诉", "session": cookie})
    assert answer.status_code in (200, 400)
    assert asked.status_code in (404, 422)
    house.unharmed(answer.text, asked.text)


@pytest.mark.parametrize(
    "path",
    ["/static/x/../../doorstep.db", "/static/x/..%2f..%2fdoorstep.db", "/static/%2e%2e/site.py",
     "/static/x/..%5c..%5csite.py", "/static//etc/passwd", "/static/x/%00", "/static/x/chat.js%00.css",
     "/guides/..%2f..%2fcity", "/guides/dibao%00", "/guides/%3Cscript%3E", "/guides/dibao/../../healthz",
     "/api/v1/guides/..%2f..%2fcity.yaml", "/api/v1/guides/%F0%9F%98%80", "/attachments/x", "/var/doorstep.db",
     "/doorstep.keys", "/.git/config", "/.env", "/staff/../doorstep.db", "/?ask=../../etc/passwd",
     "/?ask=%3Cscript%3Ealert(1)%3C/script%3E", "/chat/events?after=-1", "/chat/events?after=9" + "9" * 400,
     "/chat/suggest?q=" + "%27" * 500, "/chat/suggest?q=%00", "/guides?q=%7B%7B1337*1337%7D%7D",
     "/guides?q=%3Cimg%20src=x%3E", "//evil.test/", "/\\evil.test", "/%0d%0aSet-Cookie:x=1"],
)  # fmt: skip
def test_paths_that_lead_elsewhere(house: House, path: str) -> None:
    host, port = house.server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 60) as wire:
        # By hand: a client would tidy the path up.
        wire.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1")
        )
        answer = b"".join(iter(lambda: wire.recv(65536), b"")).decode("utf-8", "replace")
    head, _, body = answer.partition("\r\n\r\n")
    assert head[9:12] in ("200", "204", "303", "307", "400", "404", "405", "422")
    assert "x=1" not in head
    assert "evil" not in head
    for secret in ("SQLite format", "root:", "import annotations", "[core]", "<script>alert"):
        assert secret not in body
    assert "<img src=x" not in body
    house.unharmed(body)


@pytest.mark.parametrize(
    "lines",
    ["Host: evil.test", "Host: a\r\nHost: b", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: evil.test",
     "Content-Length: -1", "Content-Length: 9999999999", "Content-Length: 5\r\nContent-Length: 6",
     "Transfer-Encoding: chunked\r\nContent-Length: 3", "Cookie: doorstep=\x00\x01",
     "Cookie: " + "a=b; " * 3000, "X: " + "y" * 70_000, "Last-Event-ID: {{1337*1337}}", "Range: bytes=0-,0-,0-",
     "Expect: 200-ok", "Upgrade: websocket\r\nConnection: Upgrade", "Accept-Encoding: *;q=nan"],
)  # fmt: skip
def test_headers_that_no_browser_sends(house: House, lines: str) -> None:
    host, port = house.server.url.removeprefix("http://").split(":")
    head = lines if lines.startswith("Host") else f"Host: {host}\r\n{lines}"
    with socket.create_connection((host, int(port)), 60) as wire:
        try:
            wire.sendall(f"GET /guides HTTP/1.1\r\n{head}\r\n\r\n".encode("latin-1"))
            wire.shutdown(socket.SHUT_WR)
            answer = wire.recv(65536).decode("utf-8", "replace")
        except ConnectionError:
            answer = ""
    assert "evil.test" not in answer.partition("\r\n\r\n")[0]
    house.unharmed(answer)


@pytest.fixture(scope="module")
def town(words_app: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened(words_app, tmp_path_factory.mktemp("terminal")) as found:
        found.file("victim", STORY)
        yield found


@pytest.mark.parametrize("text", named(hostile.TEXTS))
def test_typed_in_the_terminal(town: Town, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    case = Cases(town.store).of_chat("test", "victim")[0]
    schema = "SELECT name, sql FROM sqlite_master"
    before = (case, town.store.read(schema))
    line = text.replace("{victim}", case.number)
    terminal.lines(lambda: town.app.intake, lambda: datetime.fromisoformat(AT), [line, QUESTION])
    told = capsys.readouterr().out.partition("\n")[2]
    assert (town.case(case.number), town.store.read(schema)) == before
    assert ANSWER in told
    for secret in (CONTACT, "马某", hostile.RESULT, "Traceback", "\x1b"):
        assert secret not in told.partition(f"> {QUESTION}")[0].replace(f"> {line}", "")


def test_all_of_it_at_the_command_line(tmp_path: Path) -> None:
    """On standard input of the real program, which keeps nothing."""
    turns = [[text] for text in hostile.TEXTS] + [[text, QUESTION] for text in hostile.OTHERS]
    asked = [json.dumps({"id": n, "turns": t}) for n, t in enumerate(turns)]
    command = [sys.executable, "-m", "bot.cli", "ask", "--jsonl", "--data", str(tmp_path)]
    shutil.copytree(INDEX / "index", tmp_path / "index")
    done = subprocess.run(
        command, input="\n".join(asked), capture_output=True, check=False, text=True,
        env={**os.environ, "DOORSTEP_SEMANTIC": "off"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [a["id"] for a in answers] == list(range(len(turns)))
    assert hostile.RESULT not in "".join(a["text"] for a in answers)
    assert all(ANSWER in a["text"] for a in answers[-len(hostile.OTHERS) :])

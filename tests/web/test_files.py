"""Photos for a complaint over real HTTP: a form without a script, and what is refused."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot import attachments
from bot.attachments import MAX_FILES, MAX_SIZE
from bot.channels.web.files import MAX_UPLOAD
from bot.store import Store
from bot.store.cases import Cases
from tests import papers
from tests.web.page import Page
from tests.web.server import Server

STORY = "我要投诉，3号窗口的人骂我，身份证拖了一个月还没办好，气死了"


class Visitor:
    """A browser without a script."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = httpx.Client(base_url=server.url, timeout=60)

    def page(self, path: str = "/") -> Page:
        return Page(self.client.get(path).text)

    def say(self, text: str, path: str = "/") -> None:
        page = self.page(path)
        sent = {"token": page.inputs["token"], "message": page.inputs["message"], "text": text}
        assert self.client.post(path, data=sent).status_code == 303

    def send(
        self, data: bytes, name: str = "a.jpg", path: str = "/chat/file", **fields: str
    ) -> httpx.Response:
        page = self.page()
        sent = {"token": page.inputs["token"], "message": page.inputs["message"], **fields}
        return self.client.post(path, data=sent, files={"file": (name, data, "image/jpeg")})

    @property
    def chat(self) -> str:
        return str(self.rows("SELECT chat FROM inbox ORDER BY id DESC LIMIT 1")[0][0])

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        store = Store(self.server.data / "doorstep.db")
        try:
            return store.read(sql)
        finally:
            store.close()

    def kept(self) -> set[str]:
        return {str(row[0]) for row in self.rows("SELECT file FROM case_attachments")}

    def lying(self) -> set[str]:
        return {file.name for file in (self.server.data / attachments.FOLDER).iterdir()}


@pytest.fixture
def visitor(server: Server) -> Iterator[Visitor]:
    (server.data / attachments.FOLDER).mkdir(exist_ok=True)
    found = Visitor(server)
    yield found
    found.client.close()


@pytest.fixture
def complaining(visitor: Visitor) -> Visitor:
    visitor.say(STORY)
    return visitor


def test_the_field_is_there_while_a_complaint_is_open(visitor: Visitor) -> None:
    assert (
        'class="files" method="post" action="/chat/file" enctype="multipart/form-data" hidden'
        in (visitor.page().html)
    )
    visitor.say(STORY)
    assert 'enctype="multipart/form-data">' in visitor.page().html
    number = visitor.rows("SELECT number FROM cases ORDER BY id DESC LIMIT 1")[0][0]
    page = visitor.page()
    sent = {"token": page.inputs["token"], "message": page.inputs["message"]}
    visitor.client.post("/", data={**sent, "choice": f"track:withdraw:{number}"})
    assert "撤回了" in visitor.page().text
    assert 'multipart/form-data" hidden' in visitor.page().html


def test_a_photo_is_added_without_a_script(complaining: Visitor) -> None:
    answer = complaining.send(papers.located())
    assert (answer.status_code, answer.headers["location"]) == (303, "/#newest")
    page = complaining.page()
    assert "发了一张照片" in page.text
    assert "收到了，放进投诉" in page.text
    (file, kind) = complaining.rows(
        "SELECT file, media_type FROM case_attachments ORDER BY id DESC LIMIT 1"
    )[0]
    data = attachments.path(complaining.server.data, str(file)).read_bytes()
    assert (kind, data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert papers.MARK not in data


def test_the_script_hears_the_reply_and_the_form_goes_on(complaining: Visitor) -> None:
    answer = complaining.send(papers.PDF, "a.pdf", "/chat/file/say", after="0")
    entries = answer.json()["entries"]
    assert answer.json()["files"] is True
    assert "发了一份文件" in "".join(e["html"] for e in entries)
    complaining.say("昨天")
    assert complaining.rows("SELECT day FROM cases ORDER BY id DESC LIMIT 1")[0][0]


def test_who_only_taps_goes_on_with_the_form_after_a_photo(complaining: Visitor) -> None:
    before = complaining.page().buttons
    assert "form:skip" in dict(before)
    assert complaining.send(papers.PNG).status_code == 303
    page = complaining.page()
    assert page.buttons == before
    sent = {"token": page.inputs["token"], "message": page.inputs["message"]}
    complaining.client.post("/", data={**sent, "choice": "form:finish"})
    assert "投诉回执" in complaining.page().text


def test_who_knows_the_check_word_adds_a_file_from_another_browser(complaining: Visitor) -> None:
    number = str(complaining.rows("SELECT number FROM cases ORDER BY id DESC LIMIT 1")[0][0])
    html = re.sub("<[^>]+>", "", complaining.page().html)
    (found,) = re.findall(r"查询口令：?\s*([^\s。]+ [^\s。]+)", html)
    other = Visitor(complaining.server)
    other.say(f"{number} {found}")
    page = other.page()
    assert 'enctype="multipart/form-data">' in page.html
    sent = {"token": page.inputs["token"], "message": page.inputs["message"]}
    other.client.post("/", data={**sent, "choice": f"track:add:{number}"})
    for data in (papers.PNG, papers.PDF):
        assert other.send(data).status_code == 303
        assert f"放进投诉{number}" in other.page().text
    other.client.close()
    added = "SELECT count(*) FROM case_attachments a JOIN cases c ON c.id = a.case_id WHERE number"
    assert complaining.rows(f"{added} = '{number}'") == [(2,)]


def test_the_same_photo_sent_twice_from_one_page_is_added_once(complaining: Visitor) -> None:
    before = complaining.kept()
    fields = {"message": "0123456789abcdef"}
    for _ in range(2):
        assert complaining.send(papers.PNG, **fields).status_code == 303
    assert len(complaining.kept() - before) == 1
    assert complaining.lying() == complaining.kept()


@pytest.mark.parametrize("name", papers.UNUSABLE)
def test_an_unusable_file_is_told_kindly_and_not_kept(complaining: Visitor, name: str) -> None:
    data, code = papers.UNUSABLE[name]
    before = (
        complaining.kept(),
        complaining.lying(),
        complaining.rows("SELECT count(*) FROM inbox"),
    )
    answer = complaining.send(data)
    assert answer.status_code == {"media_type": 415, "too_large": 413}[code]
    assert ("打不开" if code == "media_type" else "太大了") in Page(answer.text).text
    after = (
        complaining.kept(),
        complaining.lying(),
        complaining.rows("SELECT count(*) FROM inbox"),
    )
    assert after == before


@pytest.mark.parametrize(
    "name",
    ["../../../../etc/passwd", "..\\..\\doorstep.db", "/etc/passwd", "a\0.jpg", "<script>.php",
     "x" * 5000, "", ".htaccess", "%2e%2e%2fdoorstep.db", "a.jpg\r\nX-Evil: 1"],
)  # fmt: skip
def test_a_name_leads_nowhere(complaining: Visitor, name: str) -> None:
    before = complaining.kept()
    outside = {p for p in complaining.server.data.iterdir() if p.name != attachments.FOLDER}
    answer = complaining.send(papers.PNG, name)
    assert answer.status_code in (303, 400, 415, 422)
    assert len(complaining.kept() - before) == (answer.status_code == 303)
    assert all(len(file) == 64 for file in complaining.lying())
    assert {p for p in complaining.server.data.iterdir() if p.name != attachments.FOLDER} == outside
    assert "X-Evil" not in answer.headers


def test_no_complaint_no_file_and_nothing_is_read(visitor: Visitor) -> None:
    assert visitor.client.post("/chat/file").status_code == 409
    answer = visitor.send(papers.PNG)
    assert answer.status_code == 409
    assert "没有正在办的投诉" in Page(answer.text).text


def test_a_forged_form_adds_nothing(complaining: Visitor) -> None:
    before = complaining.kept()
    assert complaining.send(papers.PNG, token="forged").status_code == 403
    assert complaining.send(papers.PNG, message="short").status_code == 403
    assert complaining.send(b"").status_code == 422
    # A stranger with the token of this page, but without its cookie.
    token = complaining.page().inputs["token"]
    stranger = httpx.post(
        f"{complaining.server.url}/chat/file",
        data={"token": token, "message": "0123456789"},
        files={"file": papers.PNG},
    )
    assert stranger.status_code == 409
    assert complaining.kept() == before


def test_only_one_file_at_a_time(complaining: Visitor) -> None:
    page = complaining.page()
    sent = {"token": page.inputs["token"], "message": page.inputs["message"]}
    files = [("file", ("a", papers.PNG)), ("file", ("b", papers.PNG))]
    assert complaining.client.post("/chat/file", data=sent, files=files).status_code == 400


def test_a_body_without_end_is_cut_off(complaining: Visitor) -> None:
    """It says no length, and goes on and on."""
    page = complaining.page()
    head = (
        f'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n{page.inputs["token"]}\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    )
    host, port = complaining.server.url.removeprefix("http://").split(":")
    cookie = complaining.client.cookies["doorstep"]
    with socket.create_connection((host, int(port)), 60) as wire:
        wire.sendall(
            f"POST /chat/file HTTP/1.1\r\nHost: {host}\r\nCookie: doorstep={cookie}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
        )
        chunk = b"x" * 65536
        try:
            wire.sendall(b"%x\r\n%b\r\n" % (len(head.encode()), head.encode()))
            for _ in range(MAX_UPLOAD // len(chunk) + 2):
                wire.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        except (ConnectionError, TimeoutError):
            pass
        try:
            answer = wire.recv(65536)
        except ConnectionError:
            answer = b""
    assert answer[:12] in (b"", b"HTTP/1.1 413")
    assert complaining.page().text


def test_no_other_form_takes_so_much(complaining: Visitor) -> None:
    page = complaining.page()
    sent = {"token": page.inputs["token"], "message": page.inputs["message"]}
    for path in ("/", "/chat/say"):
        answer = complaining.client.post(path, data=sent, files={"file": b"x" * 300_000})
        assert answer.status_code == 413
    too_much = complaining.client.post(
        "/chat/file", data=sent, files={"file": b"x" * (MAX_UPLOAD + 1)}
    )
    assert too_much.status_code == 413
    assert "照片太大了" in Page(too_much.text).text


async def test_many_at_once_are_no_more_than_a_complaint_holds(complaining: Visitor) -> None:
    page = complaining.page()
    cookies = dict(complaining.client.cookies)
    async with httpx.AsyncClient(
        base_url=complaining.server.url, cookies=cookies, timeout=60
    ) as client:

        async def send(number: int) -> int:
            sent = {"token": page.inputs["token"], "message": f"message-{number}"}
            answer = await client.post("/chat/file", data=sent, files={"file": papers.PNG})
            return answer.status_code

        codes = await asyncio.gather(*map(send, range(MAX_FILES + 4)))
    assert set(codes) == {303}
    store = Store(complaining.server.data / "doorstep.db")
    case = Cases(store).of_chat("web", complaining.chat)[0]
    assert len(Cases(store).attachments(case)) == MAX_FILES
    store.close()
    assert complaining.lying() == complaining.kept()
    assert "已经有9份了" in complaining.page().text


def test_files_cannot_be_fetched_from_the_web(complaining: Visitor) -> None:
    complaining.send(papers.PNG)
    (file,) = complaining.rows("SELECT file FROM case_attachments ORDER BY id DESC LIMIT 1")[0]
    for path in (f"/attachments/{file}", f"/static/x/{file}", f"/static/x/../attachments/{file}",
                 f"/static/x/..%2F..%2Fattachments%2F{file}", f"/chat/file/{file}"):  # fmt: skip
        assert complaining.client.get(path).status_code in (404, 405)


def test_the_size_that_is_told_is_the_size_that_holds() -> None:
    assert MAX_SIZE == 8 * 1024 * 1024
    script = Path("bot/channels/web/static/chat.js").read_text("utf-8")
    assert "8 * 1024 * 1024" in script

"""From a question without a good answer to a guide that answers it."""

from __future__ import annotations

import asyncio
import re
import shutil
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from bot.app import App
from bot.channels import staff
from bot.channels.web.factory import application
from bot.cli import main
from bot.match.meant import Meant
from bot.store.gaps import Gaps
from tests.staff.conftest import PASSWORD, Office, Staffer
from tests.web.page import Page
from tests.web.server import Server

GAP = "遛狗要不要办个证"


async def test_a_gap_becomes_an_example_in_the_guide(office: Office) -> None:
    for chat in ("a", "b"):
        await office.say(GAP, chat)
    guide = office.site.settings.city / "services" / "ebike-plate.yaml"
    before = guide.read_text("utf-8")
    async with office.as_("qian") as reviewer:
        html = (await reviewer.get("/gaps")).text
        assert GAP in html
        assert "问了2次" in html
        (cluster,) = re.findall(r"/staff/gaps/(\d+)/patch", html)
        fields = {"guide": "ebike-plate", "field": "asks", "text": GAP}
        shown = await reviewer.post(f"/gaps/{cluster}/patch", **fields)
        assert f"+  - {GAP}" in shown.text
        assert guide.read_text("utf-8") == before
        mark = Page(shown.text).inputs["mark"]
        done = await reviewer.post(f"/gaps/{cluster}/write", **fields, mark=mark)
        assert done.status_code == 303
        assert guide.read_text("utf-8") == before.replace("\nsummary:", f"\n  - {GAP}\nsummary:", 1)
        assert GAP not in (await reviewer.get("/gaps")).text
    assert Gaps(office.store).open() == []
    assert ("qian", "guide_patched", "ebike-plate") in office.store.read(
        "SELECT actor, event, subject FROM audit"
    )


async def test_what_breaks_a_rule_is_not_written(office: Office) -> None:
    await office.say(GAP)
    taken = office.site.book.city.guides["dibao"].asks[0]
    async with office.as_("admin") as admin:
        (cluster,) = re.findall(r"/staff/gaps/(\d+)/patch", (await admin.get("/gaps")).text)
        for fields, status, said in (
            ({"guide": "id-card", "field": "asks", "text": taken}, 200, "stands in"),
            ({"guide": "id-card", "field": "says", "text": "字" * 61}, 200, "检查发现"),
            ({"guide": "../../etc/passwd", "field": "asks", "text": "x"}, 422, "没有改成"),
            ({"guide": "id-card", "field": "materials", "text": "x"}, 422, "没有改成"),
            ({"guide": "id-card", "field": "asks", "text": " "}, 422, "没有改成"),
        ):
            answer = await admin.post(f"/gaps/{cluster}/patch", **fields)
            assert answer.status_code == status
            assert said in answer.text
            assert "写进指南" not in answer.text
            refused = await admin.post(f"/gaps/{cluster}/write", **fields, mark="x")
            assert refused.status_code in (409, 422)
    for path in (office.site.settings.city / "services").iterdir():
        assert taken not in path.read_text("utf-8") or path.stem == "dibao"
        assert not path.name.startswith(".")


async def test_a_file_that_changed_meanwhile_is_looked_at_again(office: Office) -> None:
    await office.say(GAP)
    guide = office.site.settings.city / "services" / "ebike-plate.yaml"
    async with office.as_("admin") as admin:
        (cluster,) = re.findall(r"/staff/gaps/(\d+)/patch", (await admin.get("/gaps")).text)
        fields = {"guide": "ebike-plate", "field": "says", "text": "遛狗"}
        shown = await admin.post(f"/gaps/{cluster}/patch", **fields)
        mark = Page(shown.text).inputs["mark"]
        guide.write_text("# mine\n" + guide.read_text("utf-8"), "utf-8")
        late = await admin.post(f"/gaps/{cluster}/write", **fields, mark=mark)
        assert late.status_code == 409
        again = Page(late.text).inputs["mark"]
        assert again != mark
        done = await admin.post(f"/gaps/{cluster}/write", **fields, mark=again)
        assert done.status_code == 303
    assert guide.read_text("utf-8").startswith("# mine\n")


async def test_a_stub_to_download_and_a_gap_put_aside(office: Office) -> None:
    await office.say(GAP)
    async with office.as_("admin") as admin:
        (cluster,) = re.findall(r"/staff/gaps/(\d+)/patch", (await admin.get("/gaps")).text)
        stub = await admin.get(f"/gaps/{cluster}/stub")
        assert "attachment" in stub.headers["content-disposition"]
        assert GAP in stub.text
        assert (await admin.post(f"/gaps/{cluster}/done")).status_code == 303
        assert "没有没答好的问题" in (await admin.get("/gaps")).text
        assert (await admin.post(f"/gaps/{cluster}/done")).status_code == 404


async def test_rejected_and_asked_again_are_gaps_too(office: Office) -> None:
    await office.say("结婚证怎么领要带什么", "a")
    await office.say("领结婚证要带些什么东西呢", "a")
    kinds = [question.kind.value for question in Gaps(office.store).open()]
    assert kinds == ["again"]
    await office.say("结婚证怎么领要带什么", "b")
    await office.say("天气", "b")
    assert [q.kind.value for q in Gaps(office.store).open()].count("again") == 1


@pytest.fixture
def harbour(tmp_path: Path) -> Path:
    known = Path(__file__).parent.parent / "cities" / "harbour"
    return Path(shutil.copytree(known, tmp_path / "harbour"))


async def test_the_next_citizen_is_answered_without_a_restart(
    harbour: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    options = ["--city", str(harbour), "--data", str(data)]
    done = CliRunner().invoke(
        main, ["staff", "add", "rosa", "--role", "reviewer", *options], input=f"{PASSWORD}\n"
    )
    assert done.exit_code == 0, done.output
    asked = "zebra crossing sticker please"
    guide = next((harbour / "services").glob("*.yaml"))
    with Server(data, "--city", str(harbour)) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
            api = {"text": asked}
            first = (await client.post("/api/v1/ask", json=api)).json()
            assert first["outcome"] == "declined"
            rosa = Staffer(client)
            assert (await rosa.sign_in("rosa")).status_code == 303
            html = (await rosa.get("/gaps")).text
            assert "no guide found" in html
            (cluster,) = re.findall(r"/staff/gaps/(\d+)/patch", html)
            fields = {"guide": guide.stem, "field": "says", "text": "zebra crossing sticker"}
            shown = await rosa.post(f"/gaps/{cluster}/patch", **fields)
            mark = Page(shown.text).inputs["mark"]
            wrote = await rosa.post(f"/gaps/{cluster}/write", **fields, mark=mark)
            assert wrote.status_code == 303, wrote.text
            async with asyncio.timeout(60):
                while (await client.post("/api/v1/ask", json=api)).json()["guide"] != guide.stem:
                    await asyncio.sleep(0.5)


async def test_the_page_shows_them_as_one(office: Office, meaning_app: App) -> None:
    for number, text in enumerate(("遛狗要不要办个证", "怎么申请养狗证")):
        await office.say(text, f"chat{number}")
    site = replace(office.site, meant=Meant(lambda: meaning_app.reader.matcher))
    served = application(site, [staff.console(site).router])
    for app, count in ((office.app, 2), (served, 1)):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://doorstep.test"
        ) as client:
            reviewer = Staffer(client)
            await reviewer.sign_in("qian")
            page = (await reviewer.get("/gaps")).text
            assert len(set(re.findall(r"/staff/gaps/(\d+)/patch", page))) == count
    # The form works off what its page showed.
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(served), base_url="http://doorstep.test"
    ) as client:
        reviewer = Staffer(client)
        await reviewer.sign_in("qian")
        (cluster,) = set(re.findall(r"/staff/gaps/(\d+)/patch", (await reviewer.get("/gaps")).text))
        assert (await reviewer.post(f"/gaps/{cluster}/done")).status_code == 303
        assert "没有没答好的问题" in (await reviewer.get("/gaps")).text

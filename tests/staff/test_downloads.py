"""What the console gives out to be saved is never shown as a page of ours."""

from __future__ import annotations

import re

import httpx
import pytest

from bot import attachments
from bot.store.cases import Cases
from bot.store.sqlite import Inbound
from tests import papers
from tests.staff.conftest import Office
from tests.townsfolk import AT

PAGE = b"<html><script>fetch('/staff/audit')</script></html>"
SENT = {
    "a picture": papers.PNG,
    "a picture with a page behind it": papers.JPEG + PAGE,
    "a paper": papers.PDF,
    "a paper with a page inside": b"%PDF-1.7\n" + PAGE + b"\n%%EOF\n",
}


def saved_only(answer: httpx.Response, kind: str) -> None:
    headers = answer.headers
    assert answer.status_code == 200
    assert headers["content-type"].partition(";")[0] == kind
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'"} <= set(policy)
    assert "allow-" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", SENT)
async def test_a_file_of_a_case_is_saved_not_shown(office: Office, name: str) -> None:
    number = await office.file()
    kept = attachments.keep(office.site.settings.data, SENT[name])
    file = {"file": kept.file, "media_type": kept.media_type, "size": kept.size}
    sent = Inbound("web", "c", "file", "media", "photo", AT, data={"file": file})
    await office.site.worker.handle(sent)
    ((one),) = Cases(office.store).attachments(office.case(number))
    async with office.as_("li") as li:
        answer = await li.get(f"/cases/{number}/files/{one['id']}")
        kind = "application/pdf" if "paper" in name else "image/jpeg"
        saved_only(answer, kind)
        ending = "pdf" if "paper" in name else "jpg"
        assert f'filename="{number}-{one["id"]}.{ending}"' in answer.headers["content-disposition"]
        assert (PAGE in answer.content) is (name == "a paper with a page inside")
        # Nothing of it on the case's own page: no picture is drawn, no frame opened.
        page = (await li.get(f"/cases/{number}")).text
        assert not re.search(r"<(img|iframe|embed|object)\b[^>]*files/", page)
    async with office.as_("sun") as other:
        assert (await other.get(f"/cases/{number}/files/{one['id']}")).status_code == 403


async def test_exports_and_stubs_are_saved_not_shown(office: Office) -> None:
    await office.file()
    await office.say("谁家能寄养兔子")
    async with office.as_("admin") as admin:
        saved_only(await admin.post("/export", format="csv"), "text/csv")
        (cluster,) = re.findall(r"/staff/gaps/(\d+)/patch", (await admin.get("/gaps")).text)
        saved_only(await admin.get(f"/gaps/{cluster}/stub"), "text/plain")

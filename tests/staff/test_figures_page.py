"""Figures and hot topics at the console, for all and for one organisation."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.staff.conftest import NOW, Office
from tests.staff.test_case_work import move
from tests.townsfolk import STORY
from tests.web.page import Page, squeezed


async def test_figures_follow_a_case_to_its_verdict(office: Office) -> None:
    numbers = [await office.file(STORY, f"chat{n}") for n in range(3)]
    async with office.as_("li") as li:
        for number in numbers[:2]:
            await move(li, office, number, "in_progress")
            await move(li, office, number, "answered", reason="办好了", code="solved")
        office.now[0] = NOW + timedelta(days=30)
    async with office.as_("admin") as admin:
        text = Page((await admin.get("/figures?days=90")).text).text
        assert "受理的3件里的2件" in text
        assert "答复过的2件里的2件" in text
        assert "市公安局" in text
        html = (await admin.get("/figures")).text
        assert html.count('<svg class="chart"') >= 5
        assert numbers[2] in html  # overdue by now
        assert (await admin.get("/figures?days=x")).status_code == 200
    async with office.as_("sun") as sun:
        text = Page((await sun.get("/figures")).text).text
        assert "市公安局" not in text
        assert numbers[2] not in text
        assert "受理的0件里的0件" in text


async def test_many_people_on_one_matter_are_a_topic_with_its_trend(office: Office) -> None:
    for n in range(5):
        await office.file(STORY, f"chat{n}")
    async with office.as_("wang") as clerk, office.as_("sun") as sun:
        html = (await clerk.get("/topics")).text
        assert "办身份证" in html
        assert "5件" in html
        assert "办身份证" not in (await sun.get("/topics")).text
        (topic,) = re.findall(r"/staff/topics/(\d+)/close", html)
        assert (await sun.post(f"/topics/{topic}/close")).status_code == 403
        assert (await clerk.post(f"/topics/{topic}/close")).status_code == 303
        assert "现在没有热点" in (await clerk.get("/topics")).text
        number = await office.file("我要投诉，有人骂我，说话难听", "other")
        bad = await clerk.post("/topics", name="态度", numbers="20200101-0001")
        assert bad.status_code == 422
        assert "没有这个编号" in bad.text
        made = await clerk.post("/topics", name="<b>态度", numbers=f"{number}\n")
        assert made.status_code == 303
        assert squeezed("&lt;b&gt;态度") in squeezed((await clerk.get("/topics")).text)

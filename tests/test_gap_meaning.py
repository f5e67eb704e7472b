"""Gaps that ask for one thing in quite other words, gathered by what they mean.

The questions were written for this test alone; those of `FRESH` after the limits had been chosen.
"""

from __future__ import annotations

from copy import copy

import numpy as np
import pytest

from bot.app import App
from bot.gaps import Kind, Question, clusters
from bot.match.meaning import Metric
from bot.match.meant import Meant
from tests.bench.cases import different_gaps
from tests.townsfolk import AT

CHOSEN_BY = """
遛狗要不要办个证 / 怎么申请养狗证 / 犬只登记在哪里办 / 养狗要交多少钱，去哪上户口
楼上漏水找谁管 / 天花板一直滴水，邻居不理 / 楼上邻居家水管漏到我家了咋办 / 房顶渗水谁来修
小区停车位怎么申请 / 我想在小区里租个车位 / 停车位不够用去哪登记 / 小区固定车位怎么办
孩子想学游泳，有没有便宜的游泳馆 / 公共游泳池几点开门 / 市里哪有游泳的地方 / 体育馆的泳池要办卡吗
路灯坏了好几天没人修 / 我们巷子里的灯不亮了 / 晚上路上黑漆漆的灯都灭了 / 街灯不亮找哪个部门
垃圾桶满了没人收 / 楼下垃圾堆成山了 / 垃圾清运车几天没来了 / 垃圾没有人拉走，臭死了
夜里工地施工吵得睡不着 / 半夜还在打桩太吵 / 隔壁装修噪音太大找谁 / 广场舞声音太大能管吗
怎么申请在家门口装充电桩 / 电动汽车充电桩安装要找谁 / 车位上想装个充电桩 / 家用充电桩怎么报装
图书馆借书证怎么办 / 想办个借书卡 / 市图书馆能借几本书 / 借书要押金吗
下水道堵了找谁 / 马路上污水冒出来了 / 井盖下面反水了 / 下水管道堵塞谁来疏通
家里的旧沙发怎么扔 / 大件家具没地方丢 / 旧床垫谁来收 / 废旧家具上门回收
怎么报名当志愿者 / 想去做义工 / 志愿服务时长在哪查 / 学生做志愿者去哪登记
"""
FRESH = """
电梯老是停在半空 / 我们楼的升降梯又坏了 / 电梯困人了没人来修
想给小区加装电梯 / 老楼装电梯怎么申请 / 六楼没电梯爬不动，能装一部吗
快递丢了找谁赔 / 包裹一直没送到 / 快递员把我的件弄没了
租房押金不退怎么办 / 房东扣着押金不给 / 退租了房东不还押金
自来水发黄不能喝 / 水龙头出来的水有股味 / 家里水质太差找谁
暖气不热怎么办 / 家里供暖温度不够 / 冬天屋里冷，暖气片是凉的
想在阳台种菜行不行 / 楼顶能不能种菜 / 小区空地能开个菜园吗
博物馆要不要预约 / 参观市博物馆怎么买票 / 博物馆周一开门吗
"""


def questions(text: str) -> tuple[list[Question], np.ndarray]:
    groups = [line.split(" / ") for line in text.strip().splitlines()]
    asked = [(n, one) for n, group in enumerate(groups) for one in group]
    found = [Question(i, one, AT, Kind.unanswered) for i, (_, one) in enumerate(asked)]
    return found, np.array([n for n, _ in asked])


def told(asked: list[Question], owner: np.ndarray, vectors: dict) -> tuple[float, float]:
    """Of the pairs put together how many belong so, and of those that do how many are."""
    place = np.zeros(len(asked), dtype=int)
    for number, cluster in enumerate(clusters(asked, vectors)):
        for one in cluster.questions:
            place[one.inbox] = number
    pairs = np.triu_indices(len(asked), 1)
    together = (place[:, None] == place[None])[pairs]
    belong = (owner[:, None] == owner[None])[pairs]
    right = float((together & belong).sum())
    return right / max(1, int(together.sum())), right / int(belong.sum())


@pytest.mark.parametrize(("text", "least"), [(CHOSEN_BY, 0.3), (FRESH, 0.3)])
def test_meaning_gathers_what_characters_do_not(meaning_app: App, text: str, least: float) -> None:
    asked, owner = questions(text)
    vectors = Meant(lambda: meaning_app.reader.matcher)([q.text for q in asked], len(asked))
    precision, recall = told(asked, owner, vectors)
    _, before = told(asked, owner, {})
    print(f"precision {precision:.2f}, recall {recall:.2f}; by characters {before:.2f}")
    assert precision >= 0.9
    assert recall >= least
    assert recall >= 2 * before


def test_the_dog_is_one_cluster(meaning_app: App) -> None:
    asked, _ = questions(CHOSEN_BY)
    meant = Meant(lambda: meaning_app.reader.matcher)
    (first, *_) = [c for c in clusters(asked, meant([q.text for q in asked], 99)) if c.id == 0]
    assert {"遛狗要不要办个证", "怎么申请养狗证"} <= {q.text for q in first.questions}
    assert len(clusters(asked[:2])) == 2


def test_few_new_texts_at_once_and_nothing_kept_that_is_gone(meaning_app: App) -> None:
    meant = Meant(lambda: meaning_app.reader.matcher)
    texts = [q.text for q in questions(CHOSEN_BY)[0]]
    assert meant(texts) == {}  # a form looks at nothing new
    assert list(meant(texts, 3)) == texts[:3]
    assert list(meant(texts, 3)) == texts[:6]
    assert list(meant(texts)) == texts[:6]
    assert meant(texts[1:]).keys() == set(texts[1:6])
    # What is not asked for any more, as after an erasure, is forgotten.
    assert list(meant(texts[:1])) == []
    assert all(abs(np.linalg.norm(v) - 1) < 1e-3 for v in meant(texts, 2).values())


def test_without_a_model_or_enough_examples_it_is_as_before(
    words_app: App, meaning_app: App
) -> None:
    assert Meant(lambda: words_app.reader.matcher)(["遛狗"], 9) == {}
    matcher = meaning_app.reader.matcher
    assert matcher.meaning
    small = copy(matcher)
    small.meaning = copy(matcher.meaning)
    small.meaning.metric = Metric()  # as in a small city
    assert Meant(lambda: small)(["遛狗"], 9) == {}


def test_of_five_thousand_different_gaps_none_is_lost() -> None:
    asked, vectors = different_gaps()
    found = clusters(asked, vectors)
    assert sum(len(c.questions) for c in found) == 5000

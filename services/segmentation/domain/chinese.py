"""Reasons in Chinese, for whoever reads them on a screen. The English is where verdicts are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from services.segmentation.domain.lifecycle import days_since, pause_of, stage_of
from services.segmentation.domain.named import LIFECYCLE, NAMES
from services.segmentation.domain.rules.nodes import (
    AllOf,
    AnyOf,
    HasConsent,
    HasScore,
    HomeStore,
    InClass,
    InStage,
    LastPurchase,
    Not,
    Purchases,
    Registered,
)
from services.segmentation.domain.rules.words import LISTED_MAX, joined

if TYPE_CHECKING:
    from datetime import date

    from services.segmentation.domain.classes import HighFrom, Scores
    from services.segmentation.domain.lifecycle import Buying, LifecycleDays
    from services.segmentation.domain.member import Member, Yardsticks
    from services.segmentation.domain.rules.evaluation import Verdict
    from services.segmentation.domain.rules.nodes import Leaf

NO_SCORES_ANY_MORE = "不再有得分"
_NO_PURCHASE = "没有计入的购买"
_DIMENSIONS = {"recency": "最近度", "frequency": "频率", "money": "金额"}
_GROUPS = {"all": "全部满足", "any": "任一满足", "not": "不满足"}
_PURPOSES = {"membership": "会员", "profiling": "个性化", "marketing": "营销"}
_CHANNELS = {"sms": "短信", "email": "邮件", "phone": "电话", "post": "信件", "wechat": "微信", "app": "应用"}
_MEASURES = {"receipts": "购买 {} 次", "amount": "消费 {} (最小货币单位)", "days": "有 {} 天购买"}


def reason(verdict: Verdict, member: Member, yardsticks: Yardsticks, today: date) -> str:
    """As `words.reason`."""
    return joined(verdict, lambda leaf: describe(leaf, member, yardsticks, today))


def describe(verdict: Verdict, member: Member, yardsticks: Yardsticks, today: date) -> str:
    """As `words.describe`."""
    node, found = verdict.node, verdict.found
    match node:
        case AllOf() | AnyOf() | Not():
            return _GROUPS[node.kind]
        case InStage():
            return reason_of_stage(member.buying, yardsticks.lifecycle, today)
        case InClass():
            return reason_of_class(member.scores, yardsticks.high) if member.scores else "还没有得分"
        case HomeStore():
            return f"归属门店: {found or '未知'} (要求: {_some(node.in_)})"
        case HasConsent():
            by = f"{_CHANNELS.get(node.channel, node.channel)}" if node.channel else ""
            return f"{by}{_PURPOSES.get(node.purpose, node.purpose)}授权: {'有' if found else '没有'}"
        case _:
            return f"{_measured(node, found)} (要求: {_bounds(node)})"


def reason_of_stage(buying: Buying, days: LifecycleDays, today: date) -> str:
    """As `lifecycle.reason_of`."""
    stage = stage_of(buying, days, today)
    if stage is None or buying.last_on is None:
        return _NO_PURCHASE
    since = days_since(buying.last_on, today)
    match stage:
        case "lost" | "at_risk" | "cooling":
            limit = getattr(days, stage)
            return f"最近一次购买在 {since} 天前, 满 {limit} 天为{NAMES[LIFECYCLE + stage].zh}"
        case "new":
            return f"首次购买在 {since} 天前, {days.new} 天内为新会员"
        case "back":
            return f"隔 {pause_of(buying)} 天后于 {buying.resumed_on} 再次购买, 满 {days.lost} 天曾为已流失"
        case _:
            return f"最近一次购买在 {since} 天前, 满 {days.cooling} 天为降温"


def reason_of_class(scores: Scores, high: HighFrom) -> str:
    """As `classes.reason_of`."""
    scored = (("最近度", scores.r, high.recency), ("频率", scores.f, high.frequency), ("金额", scores.m, high.money))
    return ", ".join(f"{name} {score} 分 ({from_} 分起为高)" for name, score, from_ in scored)


def _measured(node: Leaf, found: object) -> str:
    match node:
        case HasScore():
            return f"{_DIMENSIONS[node.dimension]}得分: {'未知' if found is None else found}"
        case Registered():
            return "注册时间未知" if found is None else f"注册于 {found} 天前"
        case LastPurchase():
            return _NO_PURCHASE if found is None else f"最近一次购买在 {found} 天前"
        case Purchases():
            filters = [("门店", node.stores), ("品类", node.categories), ("商品", node.products)]
            said = "".join(f", {name} {_some(codes)}" for name, codes in filters if codes)
            return f"{node.window_days} 天内{_MEASURES[node.measure].format(found)}{said}"
        case InStage() | InClass() | HomeStore() | HasConsent():
            raise AssertionError(node.kind)
        case _:
            assert_never(node)


def _bounds(node: HasScore | Registered | LastPurchase | Purchases) -> str:
    if node.min is None:
        return f"至多 {node.max}"
    return f"至少 {node.min}" if node.max is None else f"{node.min} 至 {node.max}"


def _some(codes: tuple[str, ...]) -> str:
    more = len(codes) - LISTED_MAX
    return "、".join(codes[:LISTED_MAX]) + (f" 等 {len(codes)} 个" if more > 0 else "")

"""What each kind of fact is called, for people."""

from __future__ import annotations

TITLES: dict[str, dict[str, str]] = {
    kind: {"zh-CN": chinese, "en": english}
    for kind, chinese, english in (
        ("customer_registered", "注册成为会员", "Became a member"),
        ("identifier_linked", "绑定识别方式", "Linked an identifier"),
        ("consent_given", "同意授权", "Gave a consent"),
        ("consent_withdrawn", "撤回授权", "Withdrew a consent"),
        ("complaint_opened", "提出投诉", "Complained"),
        ("complaint_closed", "投诉已处理", "Complaint closed"),
        ("sale_recorded", "购物", "Purchase"),
        ("sale_attributed", "购物(补登)", "Purchase, claimed later"),
        ("sale_detached", "购物记录移出", "Purchase moved away"),
        ("sale_returned", "退货", "Return"),
        ("sale_voided", "购物作废", "Purchase voided"),
        ("points_earned", "获得积分", "Points earned"),
        ("points_taken_back", "扣回积分", "Points taken back"),
        ("points_redeemed", "使用积分", "Points redeemed"),
        ("points_expired", "积分过期", "Points expired"),
        ("segment_entered", "进入客群", "Entered a segment"),
        ("segment_left", "离开客群", "Left a segment"),
        ("arm_assigned", "分配实验组", "Assigned to an arm"),
        ("offer_redeemed", "使用优惠", "Offer redeemed"),
        ("offer_returned", "优惠退回", "Offer returned"),
        ("message_planned", "消息已计划", "Message planned"),
        ("message_deferred", "消息延后", "Message deferred"),
        ("message_suppressed", "消息未发送", "Message not sent"),
        ("message_sent", "消息已发送", "Message sent"),
        ("message_failed", "消息发送失败", "Message failed"),
        ("message_unknown", "消息结果未知", "Message outcome unknown"),
        ("unsubscribed", "退订", "Unsubscribed"),
    )
}

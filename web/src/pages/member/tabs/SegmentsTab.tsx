/** Which segments she is in, since when, and why: every node of the rule with what was found. */
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, segmentation } from "@/api/client";
import type { components } from "@/api/generated/segmentation";
import { useLanguage } from "@/i18n/useLanguage";
import { useFormat } from "@/shared/format";
import { useReason } from "@/shared/segments/useReason";
import { useSegmentNames } from "@/shared/segments/useSegmentNames";
import { Loaded } from "@/shared/states/Loaded";

type WhyNode = components["schemas"]["WhyNode"];

export default function SegmentsTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const segments = useQuery({
    queryKey: ["members", "segments", id],
    queryFn: () =>
      answer(segmentation.GET("/customers/{customer_id}/segments", { params: { path: { customer_id: id } } })),
  });
  return (
    <Loaded query={segments} empty={({ items }) => items.length === 0 && t("member.no_segments")}>
      {({ items }) => (
        <ul className="plain lines">
          {items.map((item) => (
            <Membership key={item.segment} id={id} item={item} />
          ))}
        </ul>
      )}
    </Loaded>
  );
}

function Membership({ id, item }: { id: string; item: components["schemas"]["MembershipView"] }) {
  const { t } = useTranslation();
  const { time } = useFormat();
  const reason = useReason();
  const named = useSegmentNames();
  const [open, setOpen] = useState(false);
  return (
    <li>
      <div className="between">
        <span>
          <Link to={`/segments/${item.segment}`}>{named(item.segment)}</Link>
          <span className="faint block">
            {reason(item)} · {t("member.since", { when: time(item.since) })}
          </span>
        </span>
        <Button aria-expanded={open} onClick={() => setOpen(!open)}>
          {t("action.why")}
        </Button>
      </div>
      {open ? <Why id={id} code={item.segment} /> : null}
    </li>
  );
}

function Why({ id, code }: { id: string; code: string }) {
  const why = useQuery({
    queryKey: ["members", "why", id, code],
    queryFn: () =>
      answer(
        segmentation.GET("/segments/{code}/members/{customer_id}/why", { params: { path: { code, customer_id: id } } }),
      ),
  });
  return <Loaded query={why}>{({ why: root }) => <Node node={root} />}</Loaded>;
}

function Node({ node }: { node: WhyNode }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <div className="why-node">
      <span className={node.holds ? "good" : "bad"}>
        <span aria-hidden>{node.holds ? "✓" : "✗"}</span>
        <span className="unseen">{node.holds ? t("why.holds") : t("why.fails")}</span>
      </span>{" "}
      {language === "zh-CN" ? node.text_zh : node.text}
      {node.of.map((child, i) => (
        <Node key={i} node={child} />
      ))}
    </div>
  );
}

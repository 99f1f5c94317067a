import { Tag } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { components as Console } from "@/api/generated/console";
import type { components as Customers } from "@/api/generated/customers";
import { useFormat } from "@/shared/format";
import { StageTag } from "@/shared/members/StageTag";
import { useWord } from "@/shared/useWord";

interface Props {
  view: Console["schemas"]["MemberView"];
  profile: Customers["schemas"]["ProfileAnswer"] | undefined;
}

export function Figures({ view: { member }, profile }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const { day, money, number } = useFormat();
  return (
    <section className="stack" aria-label={t("member.figures")}>
      <div className="row">
        <StageTag stage={member.lifecycle} />
        {member.rfm_class ? <Tag>{word("rfm", member.rfm_class)}</Tag> : null}
        {member.r ? <Tag>{`R${member.r} F${member.f ?? "–"} M${member.m ?? "–"}`}</Tag> : null}
        <span className="faint">
          {profile?.identifiers.map(({ kind, value }) => `${word("identifier", kind)} ${value}`).join(" · ")}
        </span>
      </div>
      <dl className="figures">
        <Figure name={t("member.points")} to="?tab=points">
          {number(member.points)}
        </Figure>
        <Figure name={t("member.spend")} to="?tab=timeline">
          {money(member.spend_minor, member.currency)}
        </Figure>
        <Figure name={t("member.visits")} to="?tab=timeline">
          {number(member.visits)}
        </Figure>
        <Figure name={t("member.last_purchase")} to="?tab=timeline">
          {member.last_purchase ? day(member.last_purchase) : t("member.never")}
          {member.last_store ? <small>{t("member.store", { store: member.last_store })}</small> : null}
        </Figure>
      </dl>
    </section>
  );
}

/** A number, and the way to the events behind it. */
function Figure({ name, to, children }: { name: string; to: string; children: ReactNode }) {
  return (
    <div className="figure">
      <dt>
        <Link to={to} replace>
          {name}
        </Link>
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

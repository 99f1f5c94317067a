import { Tag } from "antd";
import { useTranslation } from "react-i18next";

import type { components as Console } from "@/api/generated/console";
import type { components as Customers } from "@/api/generated/customers";
import { useFormat } from "@/shared/format";
import { StageTag } from "@/shared/members/StageTag";
import { useWord } from "@/shared/useWord";

interface Props {
  view: Console["schemas"]["MemberView"];
  profile: Customers["schemas"]["ProfileAnswer"] | undefined;
}

export function Standing({ view, profile }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const { number } = useFormat();
  const { member } = view;
  return (
    <section className="panel between standing" aria-label={t("serve.standing")}>
      <div>
        <div className="row">
          <StageTag stage={member.lifecycle} />
          {member.rfm_class ? <Tag>{word("rfm", member.rfm_class)}</Tag> : null}
          {profile ? <Tag>{word("language", profile.language)}</Tag> : null}
        </div>
        <p className="faint spaced">
          {profile?.identifiers.map(({ kind, value }) => `${word("identifier", kind)} ${value}`).join(" · ")}
        </p>
      </div>
      <div className="balance">
        <strong>{number(member.points)}</strong>
        <span className="faint">{t("serve.points")}</span>
      </div>
    </section>
  );
}

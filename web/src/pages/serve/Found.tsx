import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { components } from "@/api/generated/customers";
import { useFormat } from "@/shared/format";
import { useWord } from "@/shared/useWord";

type Member = components["schemas"]["MemberFound"];

export function Found({ page }: { page: components["schemas"]["MembersFound"] }) {
  const { t } = useTranslation();
  return (
    <div aria-live="polite">
      <ul className="plain lines panel">
        {page.items.map((member) => (
          <Line key={member.customer_id} member={member} />
        ))}
      </ul>
      {page.complete ? null : <p className="faint spaced">{t("serve.more")}</p>}
    </div>
  );
}

function Line({ member }: { member: Member }) {
  const { t } = useTranslation();
  const word = useWord();
  const { ago } = useFormat();
  const shown = member.identifiers.map(({ kind, value }) => `${word("identifier", kind)} ${value}`).join(" · ");
  return (
    <li>
      <Link className="found" to={`/serve/${member.customer_id}`}>
        <strong>{member.name ?? t("member.nameless")}</strong>
        <span className="faint">{shown}</span>
        {member.last_seen_at ? (
          <span className="faint">
            {t("serve.seen", { when: ago(member.last_seen_at), store: member.last_seen_store })}
          </span>
        ) : null}
      </Link>
    </li>
  );
}

import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";
import { CLASSES } from "@/shared/members/kinds";
import { useWord } from "@/shared/useWord";

interface Props {
  classes: components["schemas"]["ClassCount"][];
  store: string | null;
}

export function ClassList({ classes, store }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const { number } = useFormat();
  const members = new Map<string, number>(classes.map(({ rfm_class, members: count }) => [rfm_class, count]));
  const most = Math.max(1, ...members.values());
  return (
    <section className="panel">
      <h2>{t("overview.classes")}</h2>
      <ul className="plain bars">
        {CLASSES.map((name) => {
          const count = members.get(name) ?? 0;
          return (
            <li key={name}>
              <Link to={`/members?rfm=${name}${store ? `&store=${encodeURIComponent(store)}` : ""}`}>
                {word("rfm", name)}
              </Link>
              <span className="bar-line" style={{ width: `${(100 * count) / most}%` }} aria-hidden />
              <strong className="number">{number(count)}</strong>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

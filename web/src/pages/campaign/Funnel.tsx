/** From everybody in the segment to whoever used the offer: who was removed on the way, and by which rule. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useMay } from "@/app/me";
import { useFormat } from "@/shared/format";
import { Loaded } from "@/shared/states/Loaded";
import { useWord } from "@/shared/useWord";

import { audienceQuery, funnelQuery, resultQuery } from "./audience";
import { stagesOf, type Stage } from "./stages";

export function Funnel({ id, begun }: { id: string; begun: boolean }) {
  const { t } = useTranslation();
  const readsFunnel = useMay("notifications.funnel.read");
  const readsResult = useMay("campaigns.results.read");
  const audience = useQuery(audienceQuery(id));
  const funnel = useQuery({ ...funnelQuery(id), enabled: begun && readsFunnel });
  const result = useQuery({ ...resultQuery(id), enabled: begun && readsResult });
  return (
    <section className="panel">
      <h2>{t("funnel.title")}</h2>
      <p className="faint">{t("funnel.lead")}</p>
      <Loaded query={audience}>{(found) => <Stages stages={stagesOf(found, funnel.data, result.data)} />}</Loaded>
    </section>
  );
}

function Stages({ stages }: { stages: Stage[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const { number } = useFormat();
  const most = Math.max(1, ...stages.map(({ count }) => count));
  return (
    <ol className="plain funnel">
      {stages.map(({ key, count, removed }) => (
        <li key={key}>
          <div className="between">
            <span>{t(`funnel.${key}`)}</span>
            <strong>{number(count)}</strong>
          </div>
          <span className="funnel-bar" style={{ width: `${(100 * count) / most}%` }} aria-hidden />
          {removed.map(({ rule, members }) => (
            <span key={rule} className="faint block">
              {t("funnel.removed", { many: number(members), rule: word("rule", rule) })}
            </span>
          ))}
        </li>
      ))}
    </ol>
  );
}

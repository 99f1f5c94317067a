import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { components } from "@/api/generated/console";
import { Chart } from "@/shared/charts/Chart";
import { useFormat } from "@/shared/format";
import { STAGES } from "@/shared/members/kinds";
import { useWord } from "@/shared/useWord";

import { flowOption } from "./flow";
import { movesOf } from "./sums";

interface Props {
  stages: components["schemas"]["StageCount"][];
  moves: components["schemas"]["MoveCount"][];
  store: string | null;
}

export function Lifecycle({ stages, moves, store }: Props) {
  const { t } = useTranslation();
  const word = useWord();
  const { number } = useFormat();
  const flow = useMemo(() => movesOf(moves), [moves]);
  const named = useMemo(
    () => (stage: string | null) => (stage ? word("lifecycle", stage) : t("overview.nowhere")),
    [word, t],
  );
  const option = useMemo(() => flowOption(flow, named), [flow, named]);
  const members = new Map<string, number>(stages.map(({ stage, members: count }) => [stage, count]));
  return (
    <section className="panel">
      <h2>{t("overview.lifecycle")}</h2>
      <ul className="plain stages">
        {STAGES.map((stage) => (
          <li key={stage}>
            <Link to={`/members?lifecycle=${stage}${store ? `&store=${encodeURIComponent(store)}` : ""}`}>
              {word("lifecycle", stage)}
            </Link>
            <strong>{number(members.get(stage) ?? 0)}</strong>
          </li>
        ))}
      </ul>
      <h3 className="spaced">{t("overview.moves")}</h3>
      {flow.length ? (
        <Chart label={t("overview.moves_chart")} option={option} height={220} />
      ) : (
        <p className="faint">{t("overview.no_moves")}</p>
      )}
    </section>
  );
}

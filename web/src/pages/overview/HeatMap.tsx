/** How lately and how often, five by five: each cell leads to its members. A table, so that it can be read and tabbed. */
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";

import { shade } from "./shade";

interface Props {
  grid: components["schemas"]["GridCell"][];
  store: string | null;
}

const SCORES = [1, 2, 3, 4, 5] as const;

export function HeatMap({ grid, store }: Props) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const members = new Map(grid.map((cell) => [`${cell.r}${cell.f}`, cell.members]));
  const most = Math.max(1, ...members.values());
  const address = (r: number, f: number) =>
    `/members?r=${r}&f=${f}${store ? `&store=${encodeURIComponent(store)}` : ""}`;
  return (
    <section className="panel">
      <h2>{t("overview.heat")}</h2>
      <p className="faint">{t("overview.heat_lead")}</p>
      <table className="heat">
        <thead>
          <tr>
            <td />
            {SCORES.map((r) => (
              <th key={r} scope="col">{`R${r}`}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...SCORES].reverse().map((f) => (
            <tr key={f}>
              <th scope="row">{`F${f}`}</th>
              {SCORES.map((r) => {
                const count = members.get(`${r}${f}`) ?? 0;
                return (
                  <td key={r} style={shade(count / most)}>
                    {count ? (
                      <Link to={address(r, f)} aria-label={t("overview.heat_cell", { r, f, count })}>
                        {number(count)}
                      </Link>
                    ) : (
                      <span className="faint">·</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Who takes part in joint promotions, on a map and in a list, and what is claimed where. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Tag } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, campaigns } from "@/api/client";
import { useMay } from "@/app/me";
import { useFormat } from "@/shared/format";
import { PagedTable } from "@/shared/list/PagedTable";
import { usePages } from "@/shared/list/usePages";
import { PlaceMap } from "@/shared/map/PlaceMap";
import { Page } from "@/shared/Page";

export default function PartnersPage() {
  const { t } = useTranslation();
  const { number } = useFormat();
  const settles = useMay("loyalty.settlements.read");
  const { cursor } = usePages();
  const parties = useQuery({
    queryKey: ["campaigns", "parties", cursor],
    placeholderData: keepPreviousData,
    queryFn: async () => {
      const page = await answer(campaigns.GET("/parties", { params: { query: { cursor, limit: 100 } } }));
      if ("within_m" in page) throw new Error("asked for a page, got a neighbourhood");
      return page;
    },
  });
  const places = (parties.data?.items ?? []).flatMap(({ code, name, ours, stores }) =>
    stores.map(({ store, latitude, longitude }) => ({
      id: `${code} ${store}`,
      name,
      latitude,
      longitude,
      kind: ours ? ("ours" as const) : ("partner" as const),
    })),
  );
  const statement = (code: string) => `/statements/${encodeURIComponent(code)}`;
  return (
    <Page title={t("partners.title")} lead={t("partners.lead")}>
      <div className="stack">
        {places.length ? (
          <section className="panel">
            <PlaceMap label={t("partners.map")} places={places} to={({ id }) => statement(id.split(" ")[0] ?? "")} />
            <p className="faint">
              <span className="dot dot-ours" /> {t("partners.ours")} <span className="dot dot-partner" />{" "}
              {t("partners.theirs")}
            </p>
          </section>
        ) : null}
        <PagedTable
          label={t("partners.title")}
          query={parties}
          rowKey={({ code }) => code}
          empty={t("partners.none")}
          columns={[
            {
              title: t("partners.name"),
              render: ({ name, ours }) => (
                <>
                  {name} {ours ? <Tag>{t("partners.ours")}</Tag> : null}
                </>
              ),
            },
            { title: t("partners.category"), render: ({ category }) => category },
            { title: t("partners.stores"), number: true, render: ({ stores }) => number(stores.length) },
            {
              title: t("partners.statement"),
              render: ({ code }) => (settles ? <Link to={statement(code)}>{t("partners.to_statement")}</Link> : "—"),
            },
          ]}
        />
      </div>
    </Page>
  );
}

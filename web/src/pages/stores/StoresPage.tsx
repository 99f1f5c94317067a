/** The board of stores: today, this week and the one before, with the map where their places are known. */
import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, board } from "@/api/client";
import type { components } from "@/api/generated/console";
import { useFormat } from "@/shared/format";
import { DataTable } from "@/shared/list/DataTable";
import { PlaceMap } from "@/shared/map/PlaceMap";
import type { Place } from "@/shared/map/project";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useAddress } from "@/shared/useAddress";

import { change, sortedStores } from "./order";
import { everyStore, placesOf } from "./places";

/** The board is one answer; on a telephone hundreds of its rows are a long way. */
const AT_FIRST = 50;

type Store = components["schemas"]["StoreRow"];

export default function StoresPage() {
  const { t } = useTranslation();
  const { day } = useFormat();
  const query = useQuery({ queryKey: ["sales", "stores"], queryFn: () => answer(board.GET("/stores")) });
  const known = useQuery({ queryKey: ["still", "stores"], queryFn: everyStore });
  return (
    <Page title={t("stores.title")} lead={query.data ? day(query.data.business_today) : undefined}>
      <Loaded query={query} rows={8} empty={({ items }) => items.length === 0 && t("stores.none")}>
        {({ items }) => (
          <div className="stack">
            <Places places={placesOf(known.data ?? [])} />
            <Search />
            <Board stores={items} names={new Map(known.data?.map(({ store, name }) => [store, name]))} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Search() {
  const { t } = useTranslation();
  const [{ search = "" }, change] = useAddress();
  return (
    <Input
      allowClear
      className="filter"
      aria-label={t("stores.search")}
      placeholder={t("stores.search")}
      value={search}
      onChange={({ target }) => change({ search: target.value })}
    />
  );
}

function Board({ stores, names }: { stores: Store[]; names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation();
  const { money, number, percent } = useFormat();
  const [{ sort = "-week", search = "", all }, setFilters] = useAddress();
  const wanted = search.trim().toLowerCase();
  const named = ({ store_id, region }: Store) => `${store_id} ${names.get(store_id) ?? ""} ${region ?? ""}`;
  const found = sortedStores(
    stores.filter((store) => named(store).toLowerCase().includes(wanted)),
    sort,
  );
  const shown = all ? found : found.slice(0, AT_FIRST);
  if (found.length === 0) return <p className="faint">{t("stores.not_found", { search })}</p>;
  return (
    <>
      <DataTable
        label={t("stores.title")}
        rows={shown}
        rowKey={({ store_id }) => store_id}
        order={{ sort, change: (wanted) => setFilters({ sort: wanted }) }}
        columns={[
          {
            title: t("stores.store"),
            render: ({ store_id, region }) => (
              <>
                <Link to={`/stores/${encodeURIComponent(store_id)}`}>{names.get(store_id) ?? store_id}</Link>
                <span className="faint block">{[store_id, region].filter(Boolean).join(" · ")}</span>
              </>
            ),
          },
          {
            title: t("stores.today"),
            sort: "today",
            number: true,
            render: ({ today, currency }) => money(today.sales_minor, currency),
          },
          {
            title: t("stores.week"),
            sort: "week",
            number: true,
            render: ({ week, currency }) => money(week.sales_minor, currency),
          },
          {
            title: t("stores.change"),
            number: true,
            render: (store) => {
              const share = change(store);
              return share === null ? (
                "—"
              ) : (
                <span className={share < 0 ? "bad" : "good"}>{`${share > 0 ? "+" : ""}${percent(share)}`}</span>
              );
            },
          },
          {
            title: t("stores.members"),
            sort: "members",
            number: true,
            render: ({ members, store_id }) => (
              <Link to={`/members?home_store=${encodeURIComponent(store_id)}`}>{number(members)}</Link>
            ),
          },
          {
            title: t("stores.new_members"),
            sort: "new_members",
            number: true,
            render: ({ new_members }) => number(new_members),
          },
          {
            title: t("stores.complaints"),
            sort: "complaints",
            number: true,
            render: ({ complaints_open, store_id }) =>
              complaints_open ? (
                <Link to={`/members?store=${store_id}&complaint_open=true`}>{number(complaints_open)}</Link>
              ) : (
                "0"
              ),
          },
        ]}
      />
      {shown.length < found.length ? (
        <Button onClick={() => setFilters({ all: "true" })}>{t("stores.all", { count: found.length })}</Button>
      ) : null}
    </>
  );
}

function Places({ places }: { places: Place[] }) {
  const { t } = useTranslation();
  if (places.length === 0) return null;
  return (
    <section className="panel">
      <h2>{t("stores.map")}</h2>
      <PlaceMap label={t("stores.map")} places={places} to={({ id }) => `/stores/${encodeURIComponent(id)}`} />
    </section>
  );
}

/** The one way to show a list that a service answers page by page. Where one is stands in the address. */
import type { UseQueryResult } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { Loaded } from "../states/Loaded";
import { DataTable, type Column, type Order } from "./DataTable";
import { usePages } from "./usePages";

interface Page<Row> {
  items: Row[];
  next_cursor?: string | number | null;
}

interface Props<Row> {
  label: string;
  query: UseQueryResult<Page<Row>>;
  columns: Column<Row>[];
  rowKey: (row: Row) => string;
  empty: string;
  order?: Order;
}

export function PagedTable<Row>({ label, query, columns, rowKey, empty, order }: Props<Row>) {
  const pages = usePages();
  return (
    <Loaded query={query} rows={8} empty={(page) => page.items.length === 0 && !pages.inside && empty}>
      {(page) => (
        <div className={query.isPlaceholderData ? "stack waiting" : "stack"} aria-busy={query.isPlaceholderData}>
          <DataTable label={label} columns={columns} rows={page.items} rowKey={rowKey} order={order} />
          <PageTurner next={page.next_cursor ?? null} />
        </div>
      )}
    </Loaded>
  );
}

function PageTurner({ next }: { next: string | number | null }) {
  const { t } = useTranslation();
  const pages = usePages();
  if (next === null && !pages.inside) return null;
  return (
    <nav className="page-turner" aria-label={t("list.pages")}>
      <Button disabled={!pages.inside} onClick={pages.back}>
        {pages.known ? t("list.previous") : t("list.first")}
      </Button>
      <Button disabled={next === null} onClick={() => next !== null && pages.go(String(next))}>
        {t("list.next")}
      </Button>
    </nav>
  );
}

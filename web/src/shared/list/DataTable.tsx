/** A table of rows that are there. On a phone each row is a card, and each value says what it is. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { SortedBy } from "./SortedBy";

export interface Column<Row> {
  title: string;
  render: (row: Row) => ReactNode;
  /** Numbers stand under each other. */
  number?: boolean;
  /** The server's name of the order by this column. */
  sort?: string;
}

export interface Order {
  /** A field; downwards with a minus before it. */
  sort: string;
  change: (sort: string) => void;
}

interface Props<Row> {
  /** What the rows are, for whoever hears the table. */
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  order?: Order | undefined;
}

export function DataTable<Row>({ label, columns, rows, rowKey, order }: Props<Row>) {
  const { t } = useTranslation();
  const sorted = (column: Column<Row>) => {
    if (!order || !column.sort) return undefined;
    if (order.sort === column.sort) return "ascending";
    return order.sort === `-${column.sort}` ? "descending" : undefined;
  };
  return (
    // Whoever has no mouse scrolls a wide table with the arrow keys.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="table-frame" role="region" aria-label={t("list.table", { of: label })} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={column.number ? "number" : ""} aria-sort={sorted(column)}>
                {order && column.sort ? <SortedBy by={column.sort} title={column.title} order={order} /> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.title} data-label={column.title} className={column.number ? "number" : ""}>
                  {column.render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

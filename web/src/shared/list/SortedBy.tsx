import type { Order } from "./DataTable";

interface Props {
  by: string;
  title: string;
  order: Order;
}

/** A column's heading that orders the list: downwards first, then upwards. The server sorts, not the page. */
export function SortedBy({ by, title, order }: Props) {
  const down = order.sort === `-${by}`;
  return (
    <button type="button" className="sorter" onClick={() => order.change(down ? by : `-${by}`)}>
      {title}
      <span aria-hidden>{down ? "▼" : order.sort === by ? "▲" : ""}</span>
    </button>
  );
}

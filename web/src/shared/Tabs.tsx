/** Parts of a page, each at an address of its own. */
import { Link } from "react-router";

interface Props {
  label: string;
  /** Key of each part, and its name. */
  parts: readonly { key: string; name: string }[];
  current: string;
}

export function Tabs({ label, parts, current }: Props) {
  return (
    <nav aria-label={label} className="tabs">
      {parts.map(({ key, name }) => (
        <Link key={key} to={`?tab=${key}`} replace aria-current={key === current ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

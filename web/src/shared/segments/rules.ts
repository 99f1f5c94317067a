/** A segment's rule as the builder edits it: the tree of docs/segments.md, and how its parts are changed. Pure. */
interface Range {
  min?: number | null;
  max?: number | null;
}

export type Group = { kind: "all" | "any"; of: Rule[] };

export type Rule =
  | Group
  | { kind: "not"; of: Rule }
  | { kind: "lifecycle" | "rfm_class" | "home_store"; in: string[] }
  | ({ kind: "score"; dimension: string } & Range)
  | ({ kind: "registered" | "last_purchase" } & Range)
  | ({
      kind: "purchases";
      measure: string;
      window_days: number;
      stores?: string[];
      categories?: string[];
      products?: string[];
    } & Range)
  | { kind: "consent"; purpose: string; channel?: string | null };

export type Kind = Rule["kind"];

export const KINDS: Kind[] = [
  "all",
  "any",
  "not",
  "lifecycle",
  "rfm_class",
  "score",
  "registered",
  "home_store",
  "last_purchase",
  "purchases",
  "consent",
];

/** A rule as the service tells it: the OpenAPI document leaves the tree open. */
export const ruleOf = (told: Record<string, unknown>): Rule => told as unknown as Rule;

export const toldRule = (rule: Rule): Record<string, unknown> => ({ ...rule });

export const isGroup = (rule: Rule): rule is Group => rule.kind === "all" || rule.kind === "any";

/** Whether somebody has still to say which: only a store is nothing that one could begin with. */
export const isUnfinished = (rule: Rule): boolean =>
  isGroup(rule)
    ? rule.of.some(isUnfinished)
    : rule.kind === "not"
      ? isUnfinished(rule.of)
      : rule.kind === "home_store" && rule.in.length === 0;

/** A rule of a kind to begin with, valid as it stands wherever it can be. */
export function blank(kind: Kind): Rule {
  switch (kind) {
    case "all":
    case "any":
      return { kind, of: [blank("lifecycle")] };
    case "not":
      return { kind, of: blank("lifecycle") };
    case "lifecycle":
      return { kind, in: ["cooling"] };
    case "rfm_class":
      return { kind, in: ["champions"] };
    case "score":
      return { kind, dimension: "recency", min: 4 };
    case "registered":
      return { kind, max: 30 };
    case "home_store":
      return { kind, in: [] };
    case "last_purchase":
      return { kind, min: 45 };
    case "purchases":
      return { kind, measure: "receipts", window_days: 90, min: 1 };
    case "consent":
      return { kind, purpose: "marketing" };
  }
}

/** Another kind in the same place: what was inside a group stays inside. */
export function turnedInto(rule: Rule, kind: Kind): Rule {
  const inside = isGroup(rule) ? rule.of : rule.kind === "not" ? [rule.of] : [rule];
  if (kind === "all" || kind === "any") return { kind, of: inside };
  const [first] = inside;
  if (kind === "not" && first) return { kind, of: first };
  return blank(kind);
}

export const replaced = <Item>(items: readonly Item[], at: number, item: Item): Item[] =>
  items.map((one, i) => (i === at ? item : one));

export const without = <Item>(items: readonly Item[], at: number): Item[] => items.filter((_, i) => i !== at);

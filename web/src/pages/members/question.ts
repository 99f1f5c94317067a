/** The address of the list, as a question to the board. What the board would not understand is left out. */
import type { paths } from "@/api/generated/console";
import type { Filters } from "@/shared/useAddress";

export type Question = NonNullable<paths["/members"]["get"]["parameters"]["query"]>;
export type Sort = NonNullable<Question["sort"]>;

const number = (text: string | undefined, most: number): number | undefined => {
  const value = Number(text);
  return text && Number.isInteger(value) && value >= 1 && value <= most ? value : undefined;
};

export function questionOf(filters: Filters): Question {
  return {
    store: filters["store"],
    home_store: filters["home_store"],
    lifecycle: filters["lifecycle"] as Question["lifecycle"],
    rfm: filters["rfm"] as Question["rfm"],
    r: number(filters["r"], 5),
    f: number(filters["f"], 5),
    segment: filters["segment"],
    contactable: filters["contactable"] as Question["contactable"],
    complaint_open: filters["complaint_open"] === "true" ? true : undefined,
    uncontacted_days: number(filters["uncontacted_days"], 3650),
    sort: (filters["sort"] ?? "-last_purchase") as Sort,
  };
}

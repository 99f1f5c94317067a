/** From the form to what `customers` takes. The id is made here, so that sending twice registers once. */
import type { components } from "@/api/generated/customers";

import { consentsOf, type ConsentKey } from "./consents";

export interface Entered {
  phone?: string;
  card?: string;
  email?: string;
  name?: string;
  /** YYYY-MM-DD, as a date field gives it. */
  birthday?: string;
  lunar?: boolean;
  language: "zh-CN" | "en";
  home_store?: string;
  consents: ConsentKey[];
}

const said = (text: string | undefined): string | null => text?.trim() || null;

export function newMember(entered: Entered, customerId: string): components["schemas"]["NewCustomer"] {
  return {
    customer_id: customerId,
    phone: said(entered.phone),
    card: said(entered.card),
    email: said(entered.email),
    name: said(entered.name),
    birthday: said(entered.birthday),
    birthday_calendar: entered.lunar ? "lunar" : "solar",
    language: entered.language,
    home_store: said(entered.home_store),
    consents: consentsOf(entered.consents),
  };
}

/** She has to be found again by something. */
export const isFindable = ({ phone, card, email }: Partial<Entered>): boolean =>
  [phone, card, email].some((text) => said(text) !== null);

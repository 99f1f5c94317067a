/** What a new member is asked to agree to, each for itself; the words stand in the catalogues under this version. */
import type { components } from "@/api/generated/customers";

export type Consent = components["schemas"]["ConsentBody"];

/** Raised with every change of the words, which makes it a new text that she has to agree to anew. */
export const TEXT_VERSION = "console-2026-11";

export const CONSENTS = [
  { key: "membership", purpose: "membership" },
  { key: "profiling", purpose: "profiling" },
  { key: "sms", purpose: "marketing", channel: "sms" },
  { key: "wechat", purpose: "marketing", channel: "wechat" },
  { key: "email", purpose: "marketing", channel: "email" },
  { key: "phone", purpose: "marketing", channel: "phone" },
  { key: "app", purpose: "marketing", channel: "app" },
  { key: "post", purpose: "marketing", channel: "post" },
] as const satisfies readonly ({ key: string } & Omit<Consent, "text_version">)[];

export type ConsentKey = (typeof CONSENTS)[number]["key"];

export function consentsOf(keys: readonly ConsentKey[]): Consent[] {
  return CONSENTS.filter(({ key }) => keys.includes(key)).map(({ purpose, ...scope }) => ({
    purpose,
    ...("channel" in scope ? { channel: scope.channel } : {}),
    text_version: TEXT_VERSION,
  }));
}

/** Wordings of messages in Mustache: which values they name, and an example of each, so that one can read them. Pure. */
import type { components } from "@/api/generated/notifications";

export type Template = components["schemas"]["TemplateView"];
export type Language = Template["language"];
export type Channel = Template["channel"];

export const WRITTEN_IN: Language[] = ["zh-CN", "en"];

const TAG = /\{\{[#^/]?\s*([a-z][a-z0-9_]*)\s*\}\}/g;
/** What every message has without being given it. */
const ALWAYS = ["name", "unsubscribe_url"];

export function valuesNamed(...wordings: (string | null | undefined)[]): string[] {
  const named = wordings.flatMap((wording) => [...(wording ?? "").matchAll(TAG)].flatMap(([, name]) => name ?? []));
  return [...new Set(named)].filter((name) => !ALWAYS.includes(name)).sort();
}

const NAMES: Record<Language, string> = { "zh-CN": "王芳", en: "Anna" };

/** A name, and for every other value its own in brackets. */
export function examples(language: Language, ...wordings: (string | null | undefined)[]): Record<string, string> {
  const values = valuesNamed(...wordings).map((name) => [name, `[${name}]`]);
  return { ...(Object.fromEntries(values) as Record<string, string>), name: NAMES[language] };
}

/** One message by one channel, in every language in which it is written. */
export interface Wordings {
  code: string;
  channel: Channel;
  written: Partial<Record<Language, Template>>;
  saved_at: string | null;
}

export function together(templates: Template[]): Wordings[] {
  const found = new Map<string, Wordings>();
  for (const template of templates) {
    const { code, channel, language, saved_at } = template;
    const key = `${code} ${channel}`;
    const known = found.get(key) ?? { code, channel, written: {}, saved_at: null };
    const last =
      [known.saved_at, saved_at]
        .filter((at) => at !== null)
        .sort()
        .at(-1) ?? null;
    found.set(key, { ...known, written: { ...known.written, [language]: template }, saved_at: last });
  }
  return [...found.values()];
}

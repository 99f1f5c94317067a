/** What a decision adds to its rule, in the reader's words. The record keeps it in English; what no line here knows,
 *  such as a mail server's own answer or a name that the chain gave, stays as it is. Pure. */

export interface Speech {
  t: (key: string, values?: Record<string, string>) => string;
  word: (kind: string, value: string) => string;
  time: (moment: string) => string;
}

const LAST = /^(?<said>.*); it expires first, at (?<when>\S+)$/s;

/** Key of the catalogue below `message.said`, and how the record says it; a named group is what is put in. */
const SAYINGS: Record<string, RegExp> = {
  erased: /^the member was erased$/,
  expired: /^it expired at (?<when>\S+)$/,
  waited: /^it expired at (?<when>\S+); it waited for (?<rule>\w+)$/,
  consent: /^no consent to (?<purpose>\w+) by (?<channels>.+)$/,
  closed: /^suppressed: (?<reasons>.+)$/,
  no_provider: /^no provider is set up for (?<channels>.+)$/,
  complaint: /^a complaint of the member is open$/,
  hold_out: /^held out of all marketing$/,
  experiment: /^held out of experiment (?<name>.+)$/,
  over: /^the campaign is over$/,
  paused: /^the campaign is paused$/,
  unheard: /^nothing was heard of the campaign yet$/,
  no_marketing: /^the cap is 0: no marketing is sent$/,
  cap: /^(?<sent>\d+) in (?<days>\d+) days were sent$/,
  never_free: /^(?<quiet>.+): no hour is free for weeks$/,
  vault: /^the vault is away$/,
  sender_gone: /^its sender was gone before the outcome$/,
  quiet: /^(?<quiet>.+) in (?<zone>UTC|[A-Z]\w+(?:\/[\w+-]+)+)$/,
};

export function sayDetail(detail: string, speech: Speech): string {
  const last = LAST.exec(detail)?.groups;
  if (last?.said !== undefined && last.when !== undefined) {
    const said = sayDetail(last.said, speech);
    return speech.t("message.said.expires_first", { said, when: speech.time(last.when) });
  }
  for (const [key, shape] of Object.entries(SAYINGS)) {
    const found = shape.exec(detail);
    if (found) return speech.t(`message.said.${key}`, inWords(found.groups ?? {}, speech));
  }
  return detail;
}

function inWords(groups: Record<string, string>, { word, time }: Speech): Record<string, string> {
  const each = (kind: string, values: string) =>
    values
      .split(", ")
      .map((value) => word(kind, value))
      .join(", ");
  const said: Record<string, (value: string) => string> = {
    when: time,
    rule: (value) => word("rule", value),
    purpose: (value) => word("message_purpose", value),
    channels: (value) => each("channel", value),
    reasons: (value) => each("closed_because", value),
    quiet: (value) => word("quiet_hours", value),
  };
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, said[name]?.(value) ?? value]));
}

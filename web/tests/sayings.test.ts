// @vitest-environment node
/** What decisions add to their rules is said in the reader's language, whatever the service writes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { createInstance } from "i18next";
import { describe, expect, it } from "vitest";

import en from "@/i18n/en";
import zh from "@/i18n/zh-CN";
import { sayDetail, type Speech } from "@/shared/messages/sayings";

const POLICY = join(import.meta.dirname, "../../services/notifications/domain/policy/evaluate.py");
const AT = "2026-11-23T09:00:00+08:00";

async function speechIn(language: "en" | "zh-CN"): Promise<Speech> {
  const i18n = createInstance();
  const resources = { en: { translation: en }, "zh-CN": { translation: zh } };
  await i18n.init({ lng: language, resources, interpolation: { escapeValue: false } });
  return {
    t: (key, values) => i18n.t(key, values ?? {}),
    word: (kind, value) => i18n.t(`words.${kind}.${value}`, { defaultValue: value }),
    time: () => "9:00",
  };
}

/** As the service would fill it in. */
const filledIn = (written: string) =>
  written
    .replaceAll("{waited}", "")
    .replaceAll("{quiet.name}", "quiet hours")
    .replaceAll(/\{[^}]*isoformat\(\)\}/g, AT)
    .replaceAll(/\{[^}]*zone[^}]*\}/g, "Asia/Shanghai")
    .replaceAll(/\{[^}]*(cap|days)\}/g, "3")
    .replaceAll("{message.purpose}", "marketing")
    .replaceAll(/\{[^}]*\}/g, "email");

describe("what a decision adds to its rule", () => {
  it("is said in Chinese, all that the contact policy writes", async () => {
    const speech = await speechIn("zh-CN");
    const code = readFileSync(POLICY, "utf8").replaceAll(/""".*?"""/gs, "");
    const written = [...code.matchAll(/"([^"{]*(?:\{[^}]*\}[^"{]*)*)"/g)].flatMap(([, text]) => text ?? []);
    const details = written.filter((text) => /\w.* /.test(text) && !text.startsWith("; "));
    expect(details.length).toBeGreaterThan(12);
    const left = details.map(filledIn).filter((detail) => !/\p{Script=Han}/u.test(sayDetail(detail, speech)));
    expect(left).toEqual([]);
  });

  it("puts words and times of the reader in", async () => {
    const [chinese, english] = [await speechIn("zh-CN"), await speechIn("en")];
    expect(sayDetail("no consent to marketing by sms, email", chinese)).toBe("未同意通过短信, 邮件接收“营销”");
    expect(sayDetail("suppressed: unsubscribed, bounced", english)).toBe("Closed: unsubscribed, undeliverable");
    expect(sayDetail(`it expired at ${AT}; it waited for quiet_hours`, english)).toBe(
      "It expired at 9:00; it waited for: Quiet hours",
    );
    expect(sayDetail(`3 in 7 days were sent; it expires first, at ${AT}`, chinese)).toBe(
      "7 天内已发送 3 条；消息会先过期（9:00）",
    );
    expect(sayDetail("晚间 in Asia/Shanghai", chinese)).toBe("晚间（Asia/Shanghai）");
    expect(sayDetail("quiet hours in UTC", chinese)).toBe("免打扰时段（UTC）");
  });

  it("leaves what a provider answered as it came", async () => {
    expect(sayDetail("550 5.1.1 no such mailbox", await speechIn("zh-CN"))).toBe("550 5.1.1 no such mailbox");
  });
});

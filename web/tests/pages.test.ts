import { describe, expect, it } from "vitest";

import { behind } from "@/pages/member/tabs/behind";
import { examples, together, valuesNamed } from "@/shared/messages/wording";
import { drawn } from "@/pages/campaign/interval";
import { stagesOf } from "@/pages/campaign/stages";
import { draftOf, enteredOf, mostUsed, type Entered } from "@/pages/campaign-edit/draft";
import { conflictsOf, type Planned } from "@/pages/campaigns/calendar";
import { questionOf } from "@/pages/members/question";
import { currenciesOf, movesOf, salesOf } from "@/pages/overview/sums";
import { shade } from "@/pages/overview/shade";
import { isFindable, newMember } from "@/pages/register/newMember";
import { change, sortedStores } from "@/pages/stores/order";
import { blank, isUnfinished, KINDS, turnedInto } from "@/shared/segments/rules";

describe("a new member", () => {
  it("agrees to what was ticked and to nothing else", () => {
    const body = newMember(
      { phone: " 138 0013 8000 ", name: "", language: "zh-CN", consents: ["membership", "sms"] },
      "id",
    );
    expect(body).toMatchObject({ customer_id: "id", phone: "138 0013 8000", name: null, birthday_calendar: "solar" });
    expect(body.consents).toEqual([
      { purpose: "membership", text_version: "console-2026-11" },
      { purpose: "marketing", channel: "sms", text_version: "console-2026-11" },
    ]);
  });

  it("has to be found again by something", () => {
    expect(isFindable({ phone: "  " })).toBe(false);
    expect(isFindable({ card: "8800" })).toBe(true);
  });
});

describe("a list's question", () => {
  it("leaves out what the board would not understand", () => {
    expect(questionOf({ r: "9", f: "5", complaint_open: "false" })).toMatchObject({
      r: undefined,
      f: 5,
      complaint_open: undefined,
    });
  });
});

describe("sums", () => {
  const day = (currency: string, sales_minor: number, receipts: number) => ({
    business_date: "2018-01-01",
    currency,
    sales_minor,
    receipts,
    member_sales_minor: 1,
    member_receipts: 1,
  });
  it("never add two currencies", () => {
    const days = [day("USD", 100, 1), day("CNY", 700, 9), day("CNY", 300, 1)];
    expect(currenciesOf(days)).toEqual(["CNY", "USD"]);
    expect(salesOf(days, "CNY")).toMatchObject({ sales_minor: 1000, receipts: 10 });
  });

  it("put moves of all dates together", () => {
    const move = (business_date: string) => ({
      business_date,
      from_stage: "active" as const,
      to_stage: "cooling" as const,
      members: 2,
    });
    expect(movesOf([move("2018-01-01"), move("2018-01-02")])).toEqual([{ from: "active", to: "cooling", members: 4 }]);
  });
});

describe("a campaign", () => {
  const entered: Entered = {
    code: "tea",
    name_zh: "茶",
    name_en: "Tea",
    segment: null,
    days: 7,
    starts_at: "",
    hold_out_percent: 10,
    kind: "amount",
    value: 12.34,
    min_basket: 100,
    uses: null,
    uses_per_member: 1,
    money: 500,
    currency: "CNY",
    template: "win-back",
    channels: ["sms", "phone"],
    values: { offer: "10 %", ends_on: "2026-12-31" },
  };

  it("is sent in minor units, and read back as it was typed", () => {
    const draft = draftOf(entered);
    expect(draft.offer).toMatchObject({ kind: "amount", amount_minor: 1234, conditions: { min_basket_minor: 10000 } });
    expect(draft.budget).toMatchObject({ money_minor: 50000 });
    expect(enteredOf(draft as Parameters<typeof enteredOf>[0])).toEqual(entered);
  });

  it("of a chain without small coins is sent in what it has", () => {
    const draft = draftOf({ ...entered, currency: "JPY", value: 300 });
    expect(draft.offer).toMatchObject({ amount_minor: 300, conditions: { min_basket_minor: 100 } });
    expect(draft.budget).toMatchObject({ money_minor: 500, currency: "JPY" });
    expect(enteredOf(draft as Parameters<typeof enteredOf>[0])).toMatchObject({ value: 300, money: 500 });
  });

  it("begins in the currency of most stores", () => {
    expect(mostUsed([{ currency: "CNY" }, { currency: "USD" }, { currency: "USD" }])).toBe("USD");
    expect(mostUsed([])).toBe("");
  });

  it("with more than the form shows is not opened in it, or the rest would be lost", () => {
    const draft = draftOf(entered) as Parameters<typeof enteredOf>[0];
    expect(enteredOf({ ...draft, coupon_required: true })).toBeNull();
    expect(
      enteredOf({ ...draft, offer: { kind: "amount", amount_minor: 1, conditions: { products: ["x"] } } }),
    ).toBeNull();
  });

  it("names who was removed at each step, and by which rule", () => {
    const audience = {
      campaign_id: "c",
      assigned: true,
      in_segment: 100,
      contactable: 60,
      treated: 50,
      held_out: 10,
      excluded: { complaint_open: 5, consent: 35 },
    };
    expect(stagesOf(audience)).toEqual([
      {
        key: "in_segment",
        count: 100,
        removed: [
          { rule: "consent", members: 35 },
          { rule: "complaint_open", members: 5 },
        ],
      },
      { key: "contactable", count: 60, removed: [{ rule: "hold_out", members: 10 }] },
      { key: "treated", count: 50, removed: [] },
    ]);
  });

  it("conflicts with another that speaks to the same members at the same time", () => {
    const planned = (id: string, segment: string | null, from: number, to: number, status = "scheduled"): Planned => ({
      id,
      name: {},
      status,
      segment,
      stacking: "default",
      from,
      to,
    });
    const pairs = conflictsOf([
      planned("a", "tea", 0, 10),
      planned("b", "tea", 9, 12),
      planned("c", "cake", 0, 99),
      planned("d", null, 20, 30),
      planned("e", "tea", 0, 10, "ended"),
    ]);
    expect(pairs.map(([a, b]) => a.id + b.id)).toEqual(["ab", "cd"]);
  });

  it("draws zero outside of an interval that does not hold it", () => {
    const at = drawn(10, 20, 30);
    expect(at.zero).toBeLessThan(at.low);
    expect(at.low < at.point && at.point < at.high).toBe(true);
    expect(drawn(0, 0, 0).zero).toBe(40);
  });
});

describe("a rule", () => {
  it("of every kind begins as one that holds for somebody", () => {
    for (const kind of KINDS) expect(blank(kind).kind).toBe(kind);
  });

  it("begins as something that can be counted, but for a store, which somebody has to name", () => {
    expect(KINDS.filter((kind) => isUnfinished(blank(kind)))).toEqual(["home_store"]);
    expect(isUnfinished({ kind: "not", of: { kind: "all", of: [blank("consent"), blank("home_store")] } })).toBe(true);
  });

  it("keeps what is inside when a group becomes another", () => {
    const inside = [blank("consent"), blank("score")];
    expect(turnedInto({ kind: "all", of: inside }, "any")).toEqual({ kind: "any", of: inside });
    expect(turnedInto(blank("consent"), "not")).toEqual({ kind: "not", of: blank("consent") });
  });
});

describe("the board of stores", () => {
  const sold = (sales_minor: number) => ({ sales_minor, receipts: 1, member_sales_minor: 0, member_receipts: 0 });
  const store = (store_id: string, week: number, before: number) => ({
    store_id,
    region: null,
    currency: "CNY",
    time_zone: "UTC",
    today: sold(0),
    week: sold(week),
    week_before: sold(before),
    members: 0,
    new_members: 0,
    complaints_open: 0,
  });
  it("is sorted both ways, and compares only with something", () => {
    const stores = [store("a", 1, 2), store("b", 3, 0)];
    expect(sortedStores(stores, "-week").map(({ store_id }) => store_id)).toEqual(["b", "a"]);
    expect(sortedStores(stores, "week").map(({ store_id }) => store_id)).toEqual(["a", "b"]);
    expect(stores.map(change)).toEqual([-0.5, null]);
  });
});

/** WCAG 2.2 §1.4.3, for every shade that a cell may have. */
it("keeps the heat map's numbers readable on every shade", () => {
  const linear = (value: number) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = (rgb: number[]) => 0.2126 * linear(rgb[0]!) + 0.7152 * linear(rgb[1]!) + 0.0722 * linear(rgb[2]!);
  for (let share = 0; share <= 100; share += 1) {
    const { background, color } = shade(share / 100);
    const strength = Number(/#0b5d4e (\d+)%/.exec(background)![1]) / 100;
    const ground = light([11, 93, 78].map((value) => value * strength + 255 * (1 - strength)));
    const ink = light(color === "#ffffff" ? [255, 255, 255] : [0, 0, 0]);
    const contrast = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
    expect([share, contrast > 4.5]).toEqual([share, true]);
  }
});

describe("a timeline", () => {
  const item = (kind: string, about: string | null, details: Record<string, string> | null = null) =>
    ({ kind, about, details }) as Parameters<typeof behind>[0];
  const everything = () => true;

  it("leads to what each event is about", () => {
    expect(behind(item("sale_returned", "r1"), everything)).toBe("/receipts/r1");
    expect(behind(item("points_earned", "r1"), everything)).toBe("/receipts/r1");
    expect(behind(item("message_sent", "m1"), everything)).toBe("/messages/m1");
    expect(behind(item("offer_redeemed", "c1"), everything)).toBe("/campaigns/c1");
    expect(behind(item("segment_left", null, { segment: "lifecycle.lost" }), everything)).toBe(
      "/segments/lifecycle.lost",
    );
  });

  it("leads nowhere where there is nothing, or nothing for her", () => {
    expect(behind(item("points_redeemed", "a redemption"), everything)).toBeNull();
    expect(behind(item("customer_registered", null), everything)).toBeNull();
    expect(behind(item("sale_recorded", "r1"), (permission) => permission !== "stores.receipts.read")).toBeNull();
  });
});

describe("the words of messages", () => {
  const template = (code: string, language: "zh-CN" | "en", saved_at: string | null) => ({
    ...{ code, channel: "sms" as const, language, saved_at },
    ...{ subject: null, body: "", html: null, version: 0, saved_by: null },
  });

  it("name the values that a sender gives, and an example of each", () => {
    const body = "{{#name}}{{name}}{{/name}} {{ offer }} {{#code}}{{code}}{{/code}} {{unsubscribe_url}}";
    expect(valuesNamed(null, body)).toEqual(["code", "offer"]);
    expect(examples("en", body)).toEqual({ code: "[code]", offer: "[offer]", name: "Anna" });
  });

  it("stand together in both languages, with when one of them was saved last", () => {
    const [first, second, ...others] = together([
      template("a", "zh-CN", "2018-01-01T00:00:00Z"),
      template("a", "en", "2018-01-02T00:00:00Z"),
      template("b", "en", null),
    ]);
    expect(others).toEqual([]);
    expect([Object.keys(first?.written ?? {}).sort(), first?.saved_at]).toEqual([
      ["en", "zh-CN"],
      "2018-01-02T00:00:00Z",
    ]);
    expect([Object.keys(second?.written ?? {}), second?.saved_at]).toEqual([["en"], null]);
  });
});

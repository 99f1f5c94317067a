import { describe, expect, it } from "vitest";

import { firstLanguage } from "@/i18n";
import { firstPlace, placeOf } from "@/app/places";
import { formatIn } from "@/shared/format";
import { newId } from "@/shared/ids";
import { project } from "@/shared/map/project";
import { businessNow, setBusinessNow } from "@/shared/now";
import { lastDays, spanOf } from "@/shared/spans";

const me = (roles: string[], permissions: string[]) => ({
  subject: "somebody",
  roles,
  permissions,
  stores: null,
  regions: [],
  partner: null,
  business_now: "2018-01-02T10:00:00Z",
  business_today: "2018-01-02",
  time_zone: "UTC",
});

describe("money and time", () => {
  it("goes by the currency's own minor units", () => {
    const { money } = formatIn("en");
    expect(money(129900, "CNY")).toBe("CN¥1,299.00");
    expect(money(1299, "JPY")).toBe("¥1,299");
    expect(money(-5, "USD")).toBe("-$0.05");
  });

  it("reads a business date in no zone at all", () => {
    expect(formatIn("en").day("2018-01-01")).toBe("Jan 1, 2018");
    expect(formatIn("zh-CN").day("2018-12-31")).toBe("2018年12月31日");
  });

  it("says how long ago in the largest unit", () => {
    const now = Date.parse("2018-01-10T00:00:00Z");
    const { ago } = formatIn("en");
    expect(ago("2018-01-08T00:00:00Z", now)).toBe("2 days ago");
    expect(ago("2018-01-10T03:30:00Z", now)).toBe("in 3 hours");
  });

  it("follows a demo's clock, and the machine's where they differ by a moment only", () => {
    const real = Date.parse("2026-05-05T01:00:00Z");
    setBusinessNow("2018-01-02T10:00:00-05:00", real);
    const shift = Date.parse("2018-01-02T15:00:00Z") - real;
    expect(Math.abs(businessNow() - Date.now() - shift)).toBeLessThan(1000);
    setBusinessNow("2026-05-05T09:01:00+08:00", real);
    expect(Math.abs(businessNow() - Date.now())).toBeLessThan(1000);
  });
});

describe("spans", () => {
  it("ends with today, which counts", () => {
    expect(lastDays(7, "2018-03-01")).toEqual({ from: "2018-02-23", to: "2018-03-01" });
  });

  it("takes none that is turned round or no date", () => {
    const usual = lastDays(30, "2018-03-01");
    expect(spanOf({ from: "2018-03-02", to: "2018-03-01" }, "2018-03-01")).toEqual(usual);
    expect(spanOf({ from: "yesterday", to: "2018-03-01" }, "2018-03-01")).toEqual(usual);
  });
});

describe("places", () => {
  it("sends each role to its own page first", () => {
    expect(firstPlace(me(["clerk"], ["customers.names.read"]))).toBe("/serve");
    expect(firstPlace(me(["approver"], ["campaigns.campaign.read"]))).toBe("/campaigns?status=submitted");
  });

  it("sends nobody to a page that she may not see", () => {
    expect(firstPlace(me(["clerk"], ["console.stores.read"]))).toBe("/stores");
  });

  it("knows of which place an address is part", () => {
    expect(placeOf("/members/1")?.path).toBe("/members");
    expect(placeOf("/membership")).toBeUndefined();
  });
});

it("speaks what was chosen, else what the browser wishes", () => {
  expect(firstLanguage("en", ["zh-CN"])).toBe("en");
  expect(firstLanguage("xx", ["zh-TW"])).toBe("zh-CN");
  expect(firstLanguage(null, ["de"])).toBe("en");
});

it("makes ids that are UUIDs of version 7 and sort by time", () => {
  const ids = [newId(1), newId(2), newId(1_800_000_000_000)];
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...ids].sort()).toEqual(ids);
});

it("draws places inside the map, north above south, one alone in the middle", () => {
  const place = (id: string, latitude: number, longitude: number) => ({
    id,
    name: id,
    latitude,
    longitude,
    kind: "store" as const,
  });
  const [north, south] = project([place("n", 31.3, 121.4), place("s", 31.1, 121.5)], 800, 300);
  expect(north!.y).toBeLessThan(south!.y);
  expect(north!.x).toBeLessThan(south!.x);
  for (const { x, y } of [north!, south!]) expect(x >= 0 && x <= 800 && y >= 0 && y <= 300).toBe(true);
  expect(project([place("one", 31, 121)], 800, 300)[0]).toMatchObject({ x: 400, y: 150 });
});

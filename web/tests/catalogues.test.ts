// @vitest-environment node
/** Both languages say the same things, each of which some page says, and no page says anything else. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import en from "@/i18n/en";
import zh from "@/i18n/zh-CN";

const SOURCE = join(import.meta.dirname, "../src");

type Tree = { [key: string]: string | Tree };

function flat(tree: Tree, path = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [`${path}${key}`] : flat(value, `${path}${key}.`),
  );
}

/** English has a singular where Chinese has none. */
const bare = (key: string) => key.replace(/_(one|other)$/, "");
const keysOf = (catalogue: Tree) => new Set(flat(catalogue).map(bare));

const sources = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && !name.includes("generated") && !name.startsWith("i18n"))
  .map((name) => readFileSync(join(SOURCE, name), "utf8"))
  .join("\n");

const said = new Set([...sources.matchAll(/\bt\(\s*"([^"]+)"/g)].flatMap(([, key]) => key ?? []));
/** `place.${name}` may be any key of its shape: what is put in has no dot. */
const shapes = [...sources.matchAll(/\bt\(\s*`([^`]+)`/g)].map(
  ([, shape]) => new RegExp(`^${(shape ?? "").replaceAll(".", "\\.").replaceAll(/\$\{[^}]*\}/g, "[^.]+")}$`),
);
const kinds = new Set(
  [...sources.matchAll(/\bword\(\s*"(\w+)"/g), ...sources.matchAll(/"(\w+)"/g)].flatMap(([, kind]) => kind ?? []),
);

describe("the catalogues", () => {
  it("have the same keys in both languages", () => {
    expect([...keysOf(en)].sort()).toEqual([...keysOf(zh)].sort());
  });

  it("have every key that a page says", () => {
    const known = keysOf(en);
    expect([...said].filter((key) => !known.has(key))).toEqual([]);
  });

  it("have no key that no page says", () => {
    const unused = [...keysOf(en)].filter((key) => {
      if (key.startsWith("words.")) return !kinds.has(key.split(".")[1] ?? "");
      return !said.has(key) && !shapes.some((shape) => shape.test(key));
    });
    expect(unused).toEqual([]);
  });

  it("say what is put into them in both languages", () => {
    const values = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
    const at = (tree: Tree, key: string) =>
      key
        .split(".")
        .reduce<string | Tree | undefined>((node, part) => (typeof node === "object" ? node[part] : undefined), tree);
    for (const key of flat(zh)) {
      const [chinese, english] = [at(zh, key), at(en, key)];
      if (typeof chinese !== "string" || typeof english !== "string") continue;
      const [there, here] = [new Set(values(english)), new Set(values(chinese))];
      expect([key, [...here].filter((name) => !there.has(name) && name !== "count")]).toEqual([key, []]);
    }
  });
});

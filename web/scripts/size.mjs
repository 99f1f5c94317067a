// Fails when a page's first load is too large: the entry and the page's own chunks, gzipped. Charts come after it.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT_KIB = 300;
const built = new URL("../../services/console/static/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", built), "utf8"));
const kib = (file) => gzipSync(readFileSync(new URL(file, built))).length / 1024;

function reached(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) reached(next, seen);
  return seen;
}

const entry = reached("index.html");
const pages = Object.keys(manifest).filter(
  (key) => /^src\/pages\/.*Page\.tsx$/.test(key) && manifest[key].isDynamicEntry,
);
const rows = pages.map((page) => {
  const files = new Set([...entry, ...reached(page)].map((key) => manifest[key].file));
  return { page, size: [...files].reduce((sum, file) => sum + kib(file), 0) };
});
rows.sort((a, b) => b.size - a.size);
for (const { page, size } of rows) console.log(`${size.toFixed(1).padStart(7)} KiB  ${page}`);
const charts = Object.keys(manifest).find((key) => key.endsWith("charts/echarts.ts"));
if (charts) console.log(`${kib(manifest[charts].file).toFixed(1).padStart(7)} KiB  charts, loaded after the page`);
if (!rows.length) throw new Error("no page was built");
const over = rows.filter(({ size }) => size > LIMIT_KIB);
if (over.length) {
  console.error(`over ${LIMIT_KIB} KiB gzipped: ${over.map(({ page }) => page).join(", ")}`);
  process.exit(1);
}

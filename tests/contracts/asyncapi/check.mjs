// Reads {"source": path, "documents": [text, ...]} and writes the parser's findings for each, worst first.
// `source` is where the documents would lie: their references are relative to it.
import { Parser } from "@asyncapi/parser";
import { text } from "node:stream/consumers";

const { source, documents } = JSON.parse(await text(process.stdin));
const parser = new Parser();
const found = [];
for (const document of documents) {
  const { diagnostics } = await parser.parse(document, { source });
  found.push(
    diagnostics
      .toSorted((a, b) => a.severity - b.severity)
      .map(({ severity, code, path, message }) => ({ severity, code, path: path.join("/"), message })),
  );
}
process.stdout.write(JSON.stringify(found));

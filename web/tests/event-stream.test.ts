import { expect, it } from "vitest";

import { eventsOf } from "@/api/event-stream";

const streamOf = (...pieces: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });

async function all(stream: ReadableStream<Uint8Array>): Promise<string[]> {
  const found: string[] = [];
  for await (const data of eventsOf(stream)) found.push(data);
  return found;
}

it("finds events however their bytes are cut", async () => {
  expect(await all(streamOf('data: {"top', 'ic":"sales"}\n', '\ndata: {"topic":"members"}\r\n\r\n'))).toEqual([
    '{"topic":"sales"}',
    '{"topic":"members"}',
  ]);
});

it("leaves out comments, which only keep the line open, and what was not finished", async () => {
  expect(await all(streamOf(": still here\n\n", "data: a\ndata: b\n\n", "data: cut"))).toEqual(["a\nb"]);
});

it("keeps a character that is cut in two", async () => {
  const bytes = new TextEncoder().encode("data: 店\n\n");
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes.slice(0, 7));
      controller.enqueue(bytes.slice(7));
      controller.close();
    },
  });
  expect(await all(stream)).toEqual(["店"]);
});

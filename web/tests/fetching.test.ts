/** An expired sign-in loses nothing: the request waits, and goes on with the new token and the same body. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, expect, it } from "vitest";

import { authorizedFetch } from "@/api/fetching";
import { Problem, problemOf } from "@/api/problem";
import { session } from "@/api/session";

let server: Server;
let address: string;
let seen: { token: string | undefined; body: string }[];

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      seen.push({ token: request.headers.authorization, body });
      response.statusCode = request.headers.authorization === "Bearer good" ? 200 : 401;
      response.setHeader("access-control-allow-origin", "*");
      response.end("{}");
    });
  });
  await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  session.begin("old");
});

afterEach(() => {
  session.end();
  server.close();
});

const ask = () => authorizedFetch(new Request(address, { method: "POST", body: "typed by her" }));

it("waits for the sign-in and sends the same again", async () => {
  const answered = ask();
  await expect.poll(() => session.get().expired).toBe(true);
  session.begin("good");
  expect((await answered).status).toBe(200);
  expect(seen).toEqual([
    { token: "Bearer old", body: "typed by her" },
    { token: "Bearer good", body: "typed by her" },
  ]);
  expect(session.get().expired).toBe(false);
});

it("lets everybody who waited go on with one sign-in", async () => {
  const both = Promise.all([ask(), ask()]);
  await expect.poll(() => seen.length).toBe(2);
  session.begin("good");
  expect((await both).map(({ status }) => status)).toEqual([200, 200]);
});

it("says that the server is gone, and not that something broke", async () => {
  server.close();
  server.closeAllConnections();
  await expect(ask()).rejects.toMatchObject({ code: "server_gone", status: 0 });
});

it("reads a problem document, and does without one", () => {
  const headers = { "x-correlation-id": "c-1" };
  const told = problemOf({ code: "conflict", detail: "read it again" }, new Response(null, { status: 409, headers }));
  expect(told).toMatchObject({ code: "conflict", status: 409, detail: "read it again", correlationId: "c-1" });
  expect(problemOf("<html>", new Response(null, { status: 502 }))).toMatchObject({ code: "status_502" });
  expect(told).toBeInstanceOf(Problem);
});

/** Changes as they happen: a stream of server-sent events, read with fetch because an EventSource sends no token. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { authorizedFetch } from "./fetching";
import { eventsOf } from "./event-stream";

export type LiveState = "connecting" | "live" | "away";

const PAUSE_MS = 3_000;
/** Many sales in a second are one reason to ask again. */
const GATHER_MS = 500;

export function useLive(): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  useEffect(() => {
    const ended = new AbortController();
    const topics = new Set<string>();
    let gathering: ReturnType<typeof setTimeout> | undefined;
    const tell = () => {
      gathering = undefined;
      for (const topic of topics) void client.invalidateQueries({ queryKey: [topic] });
      topics.clear();
    };
    const follow = async () => {
      for await (const topic of listen(ended.signal, () => setState("live"))) {
        topics.add(topic);
        gathering ??= setTimeout(tell, GATHER_MS);
      }
    };
    const keepFollowing = async () => {
      for (;;) {
        await follow().catch(() => undefined);
        if (ended.signal.aborted) return;
        setState("away");
        await new Promise((go) => setTimeout(go, PAUSE_MS));
      }
    };
    void keepFollowing();
    return () => {
      ended.abort();
      clearTimeout(gathering);
    };
  }, [client]);
  return state;
}

async function* listen(signal: AbortSignal, onOpen: () => void): AsyncGenerator<string> {
  const headers = { accept: "text/event-stream" };
  const request = new Request(`${location.origin}/api/console/v1/live`, { headers, signal });
  const response = await authorizedFetch(request, { endless: true });
  if (!response.ok || response.body === null) throw new Error(`no stream: ${response.status}`);
  onOpen();
  for await (const data of eventsOf(response.body)) {
    const told = JSON.parse(data) as { topic?: unknown };
    if (typeof told.topic === "string") yield told.topic;
  }
}

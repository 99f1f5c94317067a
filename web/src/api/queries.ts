/** How pages ask and act: one cache, whose keys begin with what makes an answer old. */
import { QueryClient, useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { useRef } from "react";

import { newId } from "@/shared/ids";

import { Problem } from "./problem";

/** What the stream of changes tells of; `still` for what no event changes. First part of every query's key. */
export type Topic = "members" | "sales" | "campaigns" | "messages" | "operations" | "still";
export type Key = readonly [Topic, ...unknown[]];

const FRESH_MS = 15_000;

/** For what no event tells of, such as that somebody approved a draft: asked as often as one looks up. */
export const LOOK_EVERY_MS = 5_000;

const worthAsking = (error: unknown): boolean =>
  error instanceof Problem && (error.status === 503 || error.status === 0);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // A process may be restarting; whatever else was answered will be answered again.
      retry: (failures, error) => failures < 1 && worthAsking(error),
      retryDelay: 1_000,
    },
  },
});

export type Action<Input, Output> = UseMutationResult<Output, Error, Input>;

/**
 * Something that changes the world. `run` gets an idempotency key that stays the same while the same input is sent
 * again after a failure, so that nothing happens twice when only the answer was lost.
 */
export function useAction<Input, Output>(
  run: (input: Input, headers: { "idempotency-key": string }) => Promise<Output>,
  { changes, done }: { changes: Topic[]; done?: (output: Output, input: Input) => void },
): Action<Input, Output> {
  const client = useQueryClient();
  const attempt = useRef<{ of: string; key: string } | null>(null);
  return useMutation<Output, Error, Input>({
    mutationFn: (input) => {
      const of = JSON.stringify(input ?? null);
      if (attempt.current?.of !== of) attempt.current = { of, key: newId() };
      return run(input, { "idempotency-key": attempt.current.key });
    },
    onSuccess: async (output, input) => {
      attempt.current = null;
      done?.(output, input);
      await Promise.all(changes.map((topic) => client.invalidateQueries({ queryKey: [topic] })));
    },
  });
}

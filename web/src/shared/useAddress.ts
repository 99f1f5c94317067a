/** A page's filters live in its address, so that it can be sent to a colleague and found again. */
import { useCallback } from "react";
import { useSearchParams } from "react-router";

export type Filters = Record<string, string | undefined>;

export function useAddress(): [Filters, (change: Filters) => void] {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (wanted: Filters) =>
      setParams((now) => {
        const next = new URLSearchParams(now);
        // Another filter begins at its first page.
        next.delete("cursor");
        for (const [name, value] of Object.entries(wanted)) {
          if (value) next.set(name, value);
          else next.delete(name);
        }
        return next;
      }),
    [setParams],
  );
  return [Object.fromEntries(params), change];
}

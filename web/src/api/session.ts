/**
 * Who is signed in, in this tab only. When the sign-in has expired, requests wait here until she has signed in again:
 * nothing that was typed is lost.
 */
import { useSyncExternalStore } from "react";

const KEY = "regulars.token";

export interface Session {
  token: string | null;
  /** There was a sign-in, and it is no longer believed. */
  expired: boolean;
}

let current: Session = { token: sessionStorage.getItem(KEY), expired: false };
const listeners = new Set<() => void>();
let waiting: ((token: string) => void)[] = [];

function become(next: Session): void {
  current = next;
  listeners.forEach((tell) => tell());
}

export const session = {
  get: (): Session => current,

  begin(token: string): void {
    sessionStorage.setItem(KEY, token);
    become({ token, expired: false });
    const released = waiting;
    waiting = [];
    released.forEach((go) => go(token));
  },

  end(): void {
    sessionStorage.removeItem(KEY);
    waiting = [];
    become({ token: null, expired: false });
  },

  /** The token `refused` was not believed: the next one, as soon as there is one. */
  renewed(refused: string | null): Promise<string> {
    if (current.token !== null && current.token !== refused) return Promise.resolve(current.token);
    if (!current.expired) become({ ...current, expired: true });
    return new Promise((go) => waiting.push(go));
  },

  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export const useSession = (): Session => useSyncExternalStore(session.subscribe, session.get);

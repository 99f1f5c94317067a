/** The one way to a service: with the token, an end to waiting, and a sign-in in between where the token is too old. */
import { unanswered } from "./problem";
import { session } from "./session";

export const WAIT_MS_MAX = 30_000;

interface How {
  /** The answer is a stream that ends when somebody ends it. */
  endless?: boolean;
}

export async function authorizedFetch(request: Request, how: How = {}): Promise<Response> {
  for (;;) {
    const { token } = session.get();
    const response = await send(request.clone(), token, how);
    if (response.status !== 401) return response;
    await session.renewed(token);
  }
}

async function send(request: Request, token: string | null, { endless }: How): Promise<Response> {
  const headers = new Headers(request.headers);
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  const signal = endless ? request.signal : AbortSignal.any([request.signal, AbortSignal.timeout(WAIT_MS_MAX)]);
  try {
    return await fetch(new Request(request, { headers, signal }));
  } catch (error) {
    throw unanswered(error);
  }
}

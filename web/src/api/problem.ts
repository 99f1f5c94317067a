/** What went wrong with a request, in one shape: an RFC 9457 problem of a service, or why none answered. */

/** Where it was wrong: a field, or in a tree its place. */
export interface FieldError {
  field?: string;
  pointer?: string;
  problem: string;
}

export class Problem extends Error {
  constructor(
    /** Stable, and what pages go by: a service's own code, or `server_gone`, `server_slow`. */
    readonly code: string,
    readonly status: number,
    /** The service's own words, in English; empty where it said nothing. */
    readonly detail = "",
    readonly errors: FieldError[] = [],
    readonly correlationId: string | null = null,
  ) {
    super(detail || code);
    this.name = "Problem";
  }
}

interface ProblemBody {
  code?: unknown;
  detail?: unknown;
  errors?: unknown;
}

export function problemOf(body: unknown, response: Response): Problem {
  const told: ProblemBody = typeof body === "object" && body !== null ? body : {};
  const code = typeof told.code === "string" ? told.code : `status_${response.status}`;
  const detail = typeof told.detail === "string" ? told.detail : "";
  const errors = Array.isArray(told.errors) ? (told.errors as FieldError[]) : [];
  return new Problem(code, response.status, detail, errors, response.headers.get("x-correlation-id"));
}

/** Why a request got no answer at all. What was given up on purpose stays what it is. */
export function unanswered(error: unknown): unknown {
  if (!(error instanceof Error) || error.name === "AbortError" || error instanceof Problem) return error;
  return new Problem(error.name === "TimeoutError" ? "server_slow" : "server_gone", 0);
}

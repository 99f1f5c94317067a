import { Problem } from "@/api/problem";

export type ProblemKind = "gone" | "slow" | "forbidden" | "missing" | "broken" | "other";

export function kindOf(error: unknown): ProblemKind {
  if (!(error instanceof Problem)) return "broken";
  if (error.code === "server_gone") return "gone";
  if (error.code === "server_slow") return "slow";
  if (error.status === 403) return "forbidden";
  if (error.status === 404) return "missing";
  return error.status >= 500 ? "broken" : "other";
}

import { ProblemView } from "@/shared/states/ProblemView";
import { Problem } from "@/api/problem";

/** No page has this address. */
export function Missing() {
  return <ProblemView error={new Problem("not_found", 404)} />;
}

import type { components } from "@/api/generated/stores";

type State = components["schemas"]["OperationsView"];

export const behindIn = ({ consumers }: State): number => consumers.reduce((sum, { behind }) => sum + (behind ?? 0), 0);

/** What waits for a person: records of consumers, and messages that the log refused. */
export const parkedIn = ({ consumers, outbox_parked }: State): number =>
  consumers.reduce((sum, { parked }) => sum + parked, outbox_parked);

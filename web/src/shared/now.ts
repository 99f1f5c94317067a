/** The moment by which the chain lives: the machine's, unless its business clock stands elsewhere, as a demo's. */
const DIFFERENCE_MS_MAX = 300_000;

let shift = 0;

/** As the service tells it. A few minutes more or less are only two machines' clocks. */
export function setBusinessNow(moment: string, now: number = Date.now()): void {
  const difference = Date.parse(moment) - now;
  shift = Math.abs(difference) < DIFFERENCE_MS_MAX ? 0 : difference;
}

export const businessNow = (): number => Date.now() + shift;

/** Where zero, the interval and its point stand on a line of 400, with a tenth of it free at either end. */
export function drawn(
  low: number,
  point: number,
  high: number,
): { zero: number; low: number; point: number; high: number } {
  const from = Math.min(low, 0);
  const span = Math.max(high, 0) - from || 1;
  const x = (value: number) => 40 + (320 * (value - from)) / span;
  return { zero: x(0), low: x(low), point: x(point), high: x(high) };
}

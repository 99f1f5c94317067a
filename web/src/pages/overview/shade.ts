/** A cell's colours: words stay readable (4.5 to 1) on every shade, so they turn white only where it is dark enough. */
export function shade(share: number): { background: string; color: string } {
  const strength = share === 0 ? 0 : Math.round(8 + 92 * Math.sqrt(share));
  return {
    background: `color-mix(in srgb, #0b5d4e ${strength}%, #ffffff)`,
    color: strength >= 78 ? "#ffffff" : "#000000",
  };
}

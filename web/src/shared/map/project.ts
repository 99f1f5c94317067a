/** From degrees to a drawing: equirectangular at the places' own latitude, which is true enough for a city or a country. */
export interface Place {
  id: string;
  name: string;
  latitude: number;
  longitude: number;
  kind: "store" | "ours" | "partner";
}

export interface Placed extends Place {
  x: number;
  y: number;
}

const MARGIN = 30;

export function project(places: Place[], width: number, height: number): Placed[] {
  const latitudes = places.map(({ latitude }) => latitude);
  const longitudes = places.map(({ longitude }) => longitude);
  const middle = (Math.min(...latitudes) + Math.max(...latitudes)) / 2;
  const squeeze = Math.cos((middle * Math.PI) / 180);
  const west = Math.min(...longitudes);
  const north = Math.max(...latitudes);
  const wide = (Math.max(...longitudes) - west) * squeeze;
  const high = north - Math.min(...latitudes);
  const scale = Math.min((width - 2 * MARGIN) / (wide || 1e-9), (height - 2 * MARGIN) / (high || 1e-9));
  const [left, top] = [(width - wide * scale) / 2, (height - high * scale) / 2];
  return places.map((place) => ({
    ...place,
    x: wide === 0 ? width / 2 : left + (place.longitude - west) * squeeze * scale,
    y: high === 0 ? height / 2 : top + (north - place.latitude) * scale,
  }));
}

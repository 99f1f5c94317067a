import { answer, stores } from "@/api/client";
import type { components } from "@/api/generated/stores";
import type { Place } from "@/shared/map/project";

type Store = components["schemas"]["StoreEntry"];

const PAGE = 200;
/** More stores than that would be one stain on the map. */
const PAGES_MAX = 10;

/** Every store with its name and, where it was told, its place. */
export async function everyStore(): Promise<Store[]> {
  const known: Store[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const found = await answer(stores.GET("/stores", { params: { query: { cursor, limit: PAGE } } }));
    known.push(...found.items);
    if (!found.next_cursor) break;
    cursor = found.next_cursor;
  }
  return known;
}

export const placesOf = (known: Store[]): Place[] =>
  known.flatMap(({ store, name, latitude, longitude }) =>
    latitude === null || longitude === null ? [] : [{ id: store, name, latitude, longitude, kind: "store" }],
  );

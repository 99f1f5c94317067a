/** Places by their coordinates, without streets: nobody else's server learns where a chain looks. */
import { Link } from "react-router";

import { project, type Place } from "./project";

interface Props {
  label: string;
  places: Place[];
  to: (place: Place) => string;
}

const WIDTH = 800;
const HEIGHT = 300;
/** More names than that would hide each other. */
const NAMES_MAX = 25;

export function PlaceMap({ label, places, to }: Props) {
  const placed = project(places, WIDTH, HEIGHT);
  return (
    <div className="map" role="group" aria-label={label}>
      {placed.map((place) => (
        <Link
          key={`${place.kind} ${place.id}`}
          to={to(place)}
          aria-label={place.name}
          title={place.name}
          // A name is written towards the middle, where there is room for it.
          className={place.x > WIDTH / 2 ? "map-place map-place-east" : "map-place"}
          style={{ left: `${(100 * place.x) / WIDTH}%`, top: `${(100 * place.y) / HEIGHT}%` }}
        >
          <span className={`dot dot-${place.kind}`} />
          {placed.length <= NAMES_MAX ? <span>{place.name}</span> : null}
        </Link>
      ))}
    </div>
  );
}

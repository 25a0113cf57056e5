import { type Page, type PageRequest, type Place, pageOf } from '../../../domain/shared/page.js';
import type { Stretch } from '../../../domain/shared/time.js';

const isBelow = (a: Place, b: Place): boolean => a.at < b.at || (a.at === b.at && a.id < b.id);

/** The page of those rows that lie within the stretch, newest first. */
export const newestWithin = <Row>(
  rows: readonly Row[],
  placeOf: (row: Row) => Place,
  { from, to }: Stretch,
  { size, after }: PageRequest<Place>,
): Page<Row, Place> => {
  const found = rows
    .map((row) => ({ row, place: placeOf(row) }))
    .filter(({ place }) => place.at >= from && place.at < to)
    .filter(({ place }) => after === undefined || isBelow(place, after))
    .sort((a, b) => (isBelow(a.place, b.place) ? 1 : -1))
    .map(({ row }) => row);
  return pageOf(found.slice(0, size + 1), size, placeOf);
};

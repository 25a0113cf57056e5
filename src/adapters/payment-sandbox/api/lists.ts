import { err, ok, type Result } from 'neverthrow';
import type { Seconds } from '../records.js';
import { listWire } from '../wire/subscription.js';
import { missing, type Refusal } from './refusal.js';

type Record_ = { readonly id: string; readonly created: Seconds };
type Bounds = {
  gt?: number | undefined;
  gte?: number | undefined;
  lt?: number | undefined;
  lte?: number | undefined;
};

/** A page of Stripe's: newest first, after or before an id, with whether there is more in that direction. */
export const page = <T extends Record_, W extends object>(
  all: readonly T[],
  asked: {
    readonly limit: number;
    readonly starting_after?: string | undefined;
    readonly ending_before?: string | undefined;
  },
  url: string,
  toWire: (record: T) => W,
): Result<object, Refusal> => {
  const cursor = asked.starting_after ?? asked.ending_before;
  const at = all.findIndex(({ id }) => id === cursor);
  if (cursor !== undefined && at === -1)
    return err(
      missing('object', cursor, asked.starting_after === undefined ? 'ending_before' : 'starting_after'),
    );
  const [from, to] =
    asked.ending_before !== undefined && asked.starting_after === undefined
      ? [Math.max(0, at - asked.limit), at]
      : [at + 1, at + 1 + asked.limit];
  const more =
    asked.ending_before !== undefined && asked.starting_after === undefined ? from > 0 : to < all.length;
  return ok(listWire(all.slice(from, to).map(toWire), url, more));
};

/** Whether something was made within these bounds. */
export const within = (created: Seconds, bounds: Bounds | undefined): boolean =>
  created > (bounds?.gt ?? -Infinity) &&
  created >= (bounds?.gte ?? -Infinity) &&
  created < (bounds?.lt ?? Infinity) &&
  created <= (bounds?.lte ?? Infinity);

/** Labels after an update: an empty value takes one away, the rest stays. */
export const relabelled = (
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>> | null | undefined,
): Readonly<Record<string, string>> =>
  after === null
    ? {}
    : Object.fromEntries(Object.entries({ ...before, ...after }).filter(([, value]) => value !== ''));

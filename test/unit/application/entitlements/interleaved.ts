import fc from 'fast-check';
import { expect } from 'vitest';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { instant, iso, SECOND } from '../../../../src/domain/shared/time.js';
import type { AuditEntry } from '../../../../src/ports/shared/audit.js';
import { allowed } from '../../../support/entitled.js';
import { ADMIN, insider, NOW, type Stage, stage, value } from './stage.js';

/** Any number from a seed, again and again the same ones. */
export const dice = (seed: number) => {
  let state = seed | 0;
  return (sides: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % sides;
  };
};

/** Who goes on first is left to the dice. */
export const hops = (roll: (sides: number) => number) => async (): Promise<void> => {
  for (let left = roll(5); left > 0; left -= 1) await Promise.resolve();
};

type Deed =
  | { readonly do: 'reserve'; readonly amount: number; readonly ttl: number }
  | { readonly do: 'confirm' | 'release'; readonly which: number; readonly amount: number }
  | { readonly do: 'record'; readonly key: number; readonly value: number }
  | { readonly do: 'limit'; readonly to: number }
  | { readonly do: 'expire' };

const small = fc.integer({ min: 1, max: 6 });
const aDeed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('reserve' as const), amount: small, ttl: small }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('confirm' as const, 'confirm' as const, 'release' as const),
      which: fc.nat(8),
      amount: small,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('record' as const), key: fc.nat(3), value: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('limit' as const), to: fc.nat(14) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
);

/** Rounds of what happens at once, and how long it is until the next. */
export const aHistory = fc.record({
  seed: fc.integer(),
  rounds: fc.array(fc.record({ deeds: fc.array(aDeed, { minLength: 1, maxLength: 5 }), pause: fc.nat(4) }), {
    minLength: 1,
    maxLength: 5,
  }),
});
export type History = typeof aHistory extends fc.Arbitrary<infer T> ? T : never;

const FEATURE = 'files';
type Made = { readonly id: string; readonly amount: bigint };

const act = async (on: Stage, account: AccountId, made: Made[], deed: Deed): Promise<void> => {
  const by = { ...insider(account), at: on.clock.now() };
  const usage = { accountId: account, feature: FEATURE };
  if (deed.do === 'reserve') {
    const { amount, ttl: ttlSeconds } = deed;
    const result = await on.app.reserve({ ...usage, amount, ttlSeconds }, by);
    if (result.isOk()) made.push(result.value.reservation);
  } else if (deed.do === 'record')
    await value(on.app.recordUsage({ ...usage, value: deed.value, key: `${deed.key} ${deed.value}` }, by));
  else if (deed.do === 'limit') {
    const wanted = { usageLimit: BigInt(deed.to), window: 'lifetime', reason: 'a new one' } as const;
    await value(on.app.setOverride(account, FEATURE, wanted, { ...ADMIN, at: by.at }));
  } else if (deed.do === 'expire') await value(on.app.jobs['entitlements.expire-reservations']());
  else {
    const one = made[deed.which % Math.max(made.length, 1)];
    if (!one) return;
    const amount = deed.amount % Number(one.amount) || one.amount;
    const ended = await (deed.do === 'confirm'
      ? on.app.confirm(one.id, { amount }, by)
      : on.app.release(one.id, by));
    if (ended.isErr()) expect(ended.error.kind).toBe('reservation_over');
  }
};

type Book = { used: bigint; limit: bigint; readonly held: Map<string, { amount: bigint; until: string }> };

const heldAt = ({ held }: Book, at: string): bigint =>
  [...held.values()].filter(({ until }) => until > at).reduce((sum, { amount }) => sum + amount, 0n);

type After = { readonly amount: number; readonly expires_at: string; readonly used: number };

/** What each entry of the audit does to the book, and what must be true for it to have been done. */
const POSTING: Readonly<Record<string, (book: Book, entry: AuditEntry, at: string) => void>> = {
  'override.set': (book, { data }) => {
    book.limit = BigInt((data as { after: { limit: number } }).after.limit);
  },
  'usage.record': (book, { data }) => {
    book.used += BigInt((data as { values: Record<string, number> }).values[FEATURE] ?? 0);
  },
  'reservation.reserve': (book, { data, target }, at) => {
    const { amount, expires_at: until } = (data as { after: After }).after;
    book.held.set(target, { amount: BigInt(amount), until });
    expect(book.used + heldAt(book, at), 'use with what is set aside').toBeLessThanOrEqual(book.limit);
  },
  'reservation.confirm': (book, { data, target }, at) => {
    expect(book.held.get(target)?.until ?? '', 'held until').toSatisfy((until: string) => until > at);
    book.held.delete(target);
    book.used += BigInt((data as { after: After }).after.used);
  },
  'reservation.release': (book, { target }) => {
    expect(book.held.delete(target), 'it was held').toBe(true);
  },
};

/**
 * Lets a history happen, and then does it again by hand, one deed after the other as they were committed: no deed may
 * go past the limit of its moment, and the counters must say what the book says.
 */
export const neverPastTheLimit = async ({ seed, rounds }: History): Promise<void> => {
  const on = stage({ yieldTo: hops(dice(seed)) });
  const account = await on.onPlan({ [FEATURE]: allowed(10) });
  const made: Made[] = [];
  for (const { deeds, pause } of rounds) {
    await Promise.all(deeds.map((deed) => act(on, account, made, deed)));
    on.clock.advance(pause * SECOND);
  }
  const book: Book = { used: 0n, limit: 10n, held: new Map() };
  for (const entry of await on.audit()) POSTING[entry.action]?.(book, entry, iso(entry.at));
  await value(on.app.jobs['entitlements.expire-reservations']());
  const end = iso(on.clock.now());
  const kept = (await on.countOf(account, FEATURE)).lifetime;
  expect(kept).toEqual({ used: book.used, reserved: heldAt(book, end) });
  const records = await on.rows<{ value: bigint }>('usage_records');
  expect(records.reduce((sum, row) => sum + row.value, 0n)).toBe(book.used);
};

export const aRace = fc.record({
  seed: fc.integer(),
  ends: fc.array(fc.constantFrom('confirm' as const, 'release' as const, 'expire' as const), {
    minLength: 2,
    maxLength: 5,
  }),
  /** After so many calls of ports its time is over. */
  overAfter: fc.nat(60),
});
export type Race = typeof aRace extends fc.Arbitrary<infer T> ? T : never;

/** Of all who end one reservation while its time runs out one wins, and all hear the same. */
export const oneOutcome = async ({ seed, ends, overAfter }: Race): Promise<void> => {
  const roll = dice(seed);
  let left = Number.POSITIVE_INFINITY;
  const on = stage({
    yieldTo: async () => {
      left -= 1;
      if (left === 0) on.clock.set(instant(NOW + 60 * SECOND));
      await hops(roll)();
    },
  });
  const account = await on.onPlan({ [FEATURE]: allowed(10) });
  const by = insider(account);
  const { reservation } = await value(
    on.app.reserve({ accountId: account, feature: FEATURE, amount: 4 }, by),
  );
  left = overAfter + 1;
  const answers = await Promise.all(
    ends.map(async (end) => {
      if (end === 'expire') return void (await value(on.app.jobs['entitlements.expire-reservations']()));
      const done = await (end === 'confirm'
        ? on.app.confirm(reservation.id, {}, by)
        : on.app.release(reservation.id, by));
      return done.match(
        (stands) => stands.reservation.state,
        (refused) => ('state' in refused ? refused.state : refused.kind),
      );
    }),
  );
  on.clock.set(instant(NOW + 60 * SECOND));
  await value(on.app.jobs['entitlements.expire-reservations']());
  const [row] = await on.rows<{ state: string }>('usage_reservations');
  const told = new Set<string | undefined>(answers.filter((answer) => answer !== undefined));
  expect(['confirmed', 'released', 'expired']).toContain(row?.state);
  // Who only heard that its time is over may have been overtaken by nobody: it was.
  expect(
    told.size <= 1 && (told.size === 0 || told.has(row?.state ?? '')),
    `${row?.state}: ${[...told]}`,
  ).toBe(true);
  const used = row?.state === 'confirmed' ? 4n : 0n;
  expect((await on.countOf(account, FEATURE)).lifetime).toEqual({ used, reserved: 0n });
  expect(await on.rows('usage_records')).toHaveLength(used === 0n ? 0 : 1);
};

const aRow = fc.record({ who: fc.nat(1), key: fc.nat(5) });
export const aReplay = fc.record({
  seed: fc.integer(),
  batches: fc.array(fc.array(aRow, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
});
export type Replay = typeof aReplay extends fc.Arbitrary<infer T> ? T : never;

/** What is told again changes nothing, at once or later; what two accounts tell by one key counts in each. */
export const replayChangesNothing = async ({ seed, batches }: Replay): Promise<void> => {
  const roll = dice(seed);
  const on = stage({ yieldTo: hops(roll) });
  const accounts = [await on.onPlan({ [FEATURE]: allowed(10) }), await on.onPlan({ [FEATURE]: allowed(10) })];
  const rowsOf = (batch: Replay['batches'][number]) =>
    batch.map(({ who, key }) => ({
      accountId: accounts[who] as AccountId,
      feature: FEATURE,
      key: String(key),
      // One key, one value: who tells something else by it is refused, which is another test.
      value: key + 1,
    }));
  const tell = (batch: Replay['batches'][number]) => value(on.app.recordBatch(rowsOf(batch), ADMIN));
  await Promise.all([...batches, ...batches].map(tell));
  for (const batch of batches)
    expect((await tell(batch)).map(({ outcome }) => outcome)).toEqual(batch.map(() => 'again'));
  for (const [who, account] of accounts.entries()) {
    const keys = new Set(
      batches
        .flat()
        .filter((row) => row.who === who)
        .map(({ key }) => key),
    );
    const once = [...keys].reduce((sum, key) => sum + BigInt(key + 1), 0n);
    const { day, month, billing_period, lifetime } = await on.countOf(account, FEATURE);
    expect([day, month, billing_period, lifetime].map(({ used }) => used)).toEqual([once, once, once, once]);
  }
};

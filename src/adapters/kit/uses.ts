import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { windowStartsOf } from '../../domain/entitlements/windows.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Use, Uses } from '../../ports/accounts/uses.js';
import type { EntitlementReaders, Usage } from '../../ports/entitlements/unit-of-work.js';
import type { Events } from '../../ports/shared/events.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import { tellCrossings } from './crossings.js';

/** On what terms a use is counted. */
export type Terms = {
  readonly featureId: string;
  /** Of the live subscription. */
  readonly period?: { readonly start: Instant; readonly end: Instant } | undefined;
  /** There is a limit, so that somebody may want to hear of it. */
  readonly limited: boolean;
};

type Parts = {
  /** Of each use, in their order. */
  readonly terms: (uses: readonly Use[]) => ResultAsync<readonly Terms[], Unavailable>;
  readonly facts: EntitlementReaders['facts'];
  readonly usage: Pick<Usage, 'record' | 'crossed'>;
  readonly events: Events;
  readonly ids: Ids;
};

type Row = Parameters<Usage['record']>[0][number];

const rowOf = ({ accountId, key, amount, at }: Use, { featureId, period }: Terms, id: string): Row => ({
  record: { id, accountId, featureId, key, value: amount, usedAt: at, recordedAt: at },
  windows: windowStartsOf(at, { period, now: at }),
});

const record = ({ usage }: Parts, rows: readonly Row[]): ResultAsync<void, Unavailable> =>
  usage.record(rows).andThen((recorded) => {
    // Keys are made here and mean one use each.
    if (recorded.includes('key_reused')) throw new Error('a use was counted as another one before');
    return ok(undefined);
  });

/** Tells of each share of its limit that use has come to, once in a window. */
const tell = ({ facts, usage, events, ids }: Parts, use: Use): ResultAsync<void, Unavailable> =>
  safeTry(async function* () {
    const { accountId, feature, at } = use;
    const account = yield* facts(accountId, at, [feature]);
    const known = account.features.get(feature);
    if (known) yield* tellCrossings({ crossed: usage.crossed, events, ids }, account, known, at);
    return ok(undefined);
  });

const inTurn = (
  uses: readonly Use[],
  act: (use: Use) => ResultAsync<void, Unavailable>,
): ResultAsync<void, Unavailable> =>
  uses.reduce<ResultAsync<void, Unavailable>>(
    (done, use) => done.andThen(() => act(use)),
    okAsync(undefined),
  );

/** Counts what accounts themselves count, by the records and counters of entitlements, in the unit of the caller. */
export const usesOn = (parts: Parts): Uses => ({
  count: (uses) =>
    parts.terms(uses).andThen((terms) => {
      const judged = uses.map((use, n) => {
        const term = terms[n];
        if (term === undefined) throw new Error(`there are no terms for ${use.key}`);
        return { use, term };
      });
      const rows = judged.map(({ use, term }) => rowOf(use, term, parts.ids.next()));
      const limited = judged.filter(({ term }) => term.limited).map(({ use }) => use);
      return record(parts, rows).andThen(() => inTurn(limited, (use) => tell(parts, use)));
    }),
});

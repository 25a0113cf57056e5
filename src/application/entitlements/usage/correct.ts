import { err, ok, type Result, type ResultAsync, safeTry } from 'neverthrow';
import { MOST, quantityOf } from '../../../domain/entitlements/quantity.js';
import { correctionKey, type Placed, standingOf } from '../../../domain/entitlements/standing.js';
import type { CountedRecord, UsageRecord } from '../../../domain/entitlements/usage.js';
import { windowStartsOf } from '../../../domain/entitlements/windows.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { EntitlementsTx } from '../../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import { impossible } from '../../shared/impossible.js';
import { type Actor, byAdmin } from '../actor.js';
import { tellCrossings } from '../crossings.js';
import type { EntitlementsDeps } from '../deps.js';
import type { UsageRefusal } from '../failures.js';
import { completed, type Known, keyOf, known } from '../known.js';
import { countsByRecords } from './admit-row.js';

export type UsageChanges = {
  readonly accountId?: AccountId | undefined;
  /** Its id or key. */
  readonly feature?: string | undefined;
  /** What it comes to; 0: it did not happen. */
  readonly value?: number | bigint | undefined;
};
/** A record as it counts now. */
export type Corrected = { readonly record: UsageRecord; readonly correctedAt: Instant };

type Deps = Pick<EntitlementsDeps, 'clock' | 'ids' | 'entitlements' | 'settings'>;

const placeIn = (deps: Deps, tx: EntitlementsTx, accountId: AccountId, named: string, now: Instant) =>
  keyOf(tx, named).andThen((key) => known(completed(tx.facts, deps.settings), accountId, key, now));

/** Where it is to count and how much. */
const wantedOf = (deps: Deps, tx: EntitlementsTx, now: Placed, changes: UsageChanges, at: Instant) =>
  safeTry(async function* () {
    const accountId = changes.accountId ?? now.accountId;
    if (changes.accountId !== undefined) yield* tx.accounts.lockLive(accountId);
    const place = yield* placeIn(deps, tx, accountId, changes.feature ?? now.featureId, at);
    yield* countsByRecords(place.facts.feature);
    const value = yield* quantityOf(changes.value ?? now.value, { field: 'value', least: -MOST });
    return ok({ place, value });
  });

type Difference = { readonly place: Known; readonly value: bigint };

const samePlace = (a: Known, b: Known): boolean =>
  a.account.accountId === b.account.accountId && a.facts.feature.id === b.facts.feature.id;

/** What has to be written: the difference, or all of it taken from one place and put into another. */
const differences = (now: Difference, wanted: Difference): readonly Difference[] =>
  (samePlace(now.place, wanted.place)
    ? [{ place: now.place, value: wanted.value - now.value }]
    : [{ place: now.place, value: -now.value }, wanted]
  ).filter(({ value }) => value !== 0n);

/**
 * What counted in a period is put right in that period, though another one may have begun since; in an account that it
 * comes to only now it counts by the moment it happened at.
 */
const windowsOf = (
  history: readonly CountedRecord[],
  usedAt: Instant,
  { accountId, period, asOf }: Known['account'],
) => {
  const windows = windowStartsOf(usedAt, { period, now: asOf });
  const counted = history.find((record) => record.accountId === accountId);
  return counted ? { ...windows, billing_period: counted.periodStart } : windows;
};

/** The next but `n` of a record’s corrections. */
const correction = (
  { ids }: Deps,
  { original, history }: Pick<Change, 'original' | 'history'>,
  { place, value }: Difference,
  n: number,
): Parameters<EntitlementsTx['usage']['record']>[0][number] => {
  const { accountId, asOf } = place.account;
  const windows = windowsOf(history, original.usedAt, place.account);
  return {
    record: {
      id: ids.next(),
      accountId,
      featureId: place.facts.feature.id,
      key: correctionKey(original.id, history.length + n),
      value,
      usedAt: original.usedAt,
      recordedAt: asOf,
      corrects: original.id,
    },
    windows,
  };
};

const toldOf = ({ place, value }: Difference) => ({
  account_id: place.account.accountId,
  feature: place.facts.feature.key,
  value: Number(value),
});

/** Of what went from one account to another each is told its own side. */
const toldTo = (before: Difference, after: Difference) => {
  const [from, to] = [before.place.account.accountId, after.place.account.accountId];
  const [was, is] = [toldOf(before), toldOf(after)];
  return from === to
    ? new Map([[to, { before: was, after: is }]])
    : new Map([
        [from, { before: was, after: null }],
        [to, { before: null, after: is }],
      ]);
};

type Change = {
  readonly original: UsageRecord;
  readonly history: readonly CountedRecord[];
  readonly before: Difference;
  readonly after: Difference;
};

const tell = (
  deps: Deps,
  tx: EntitlementsTx,
  actor: Actor,
  { original: { id }, history, before, after }: Change,
): ResultAsync<void, Unavailable> =>
  safeTry(async function* () {
    const { accountId, asOf: at } = after.place.account;
    const sides = toldTo(before, after);
    const event = { stream: id, seq: history.length, type: 'usage.corrected' };
    yield* tx.events.append({ ...event, accountId, data: sides.get(accountId) ?? {}, at });
    for (const [account, told] of sides)
      yield* tx.audit.record(
        byAdmin(actor, { accountId: account, action: 'usage.correct', target: id, data: told }),
      );
    const { key } = after.place.facts.feature;
    const place = yield* placeIn(deps, tx, accountId, key, at).mapErr(impossible('feature_unknown'));
    return tellCrossings(tx, deps.ids, place);
  });

/** Writes what is to be written; false: it says so already. */
const written = (
  deps: Deps,
  tx: EntitlementsTx,
  actor: Actor,
  change: Change,
): ResultAsync<boolean, Unavailable> =>
  safeTry(async function* () {
    const { original, before, after } = change;
    const rows = differences(before, after).map((difference, n) => correction(deps, change, difference, n));
    if (rows.length === 0) return ok(false);
    const came = yield* tx.usage.record(rows);
    if (came.some((row) => row !== 'recorded')) throw new Error(`${original.id} was corrected before`);
    return tell(deps, tx, actor, change).map(() => true);
  });

const originalIn = ([first]: readonly UsageRecord[]): Result<UsageRecord, NotFound> =>
  first === undefined || first.corrects !== undefined ? err(NOT_FOUND) : ok(first);

/**
 * Says of a record what it should have said. The record stays, and one of the difference comes beside it, in the
 * windows of the same moment.
 */
export const correctUsage =
  (deps: Deps) =>
  (
    recordId: string,
    changes: UsageChanges,
    actor: Actor,
  ): ResultAsync<Corrected, UsageRefusal | Unavailable> =>
    deps.entitlements.run((tx) =>
      safeTry(async function* () {
        const at = deps.clock.now();
        const history = yield* tx.usage.history(recordId);
        const original = yield* originalIn(history);
        const { accountId, featureId, value } = standingOf(original, history);
        const before = { place: yield* placeIn(deps, tx, accountId, featureId, at), value };
        const after = yield* wantedOf(deps, tx, { accountId, featureId, value }, changes, at);
        const isNew = yield* written(deps, tx, actor, { original, history, before, after });
        const { account, facts } = after.place;
        return ok({
          record: {
            ...original,
            accountId: account.accountId,
            featureId: facts.feature.id,
            value: after.value,
          },
          correctedAt: isNew ? at : (history.at(-1) ?? original).recordedAt,
        });
      }),
    );

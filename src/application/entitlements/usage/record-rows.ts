import { err, ok, okAsync, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type { AccountFacts } from '../../../domain/entitlements/facts.js';
import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { EntitlementsTx } from '../../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import type { Actor } from '../actor.js';
import type { EntitlementsDeps } from '../deps.js';
import { FEATURE_UNKNOWN, type FeatureUnknown, USAGE_KEY_REUSED, type UsageRefusal } from '../failures.js';
import { completed, keyOf, knownIn } from '../known.js';
import { type Admitted, admitRow, type Entrance, entranceOf } from './admit-row.js';
import { type NewUsage, type RowOutcome, refusedRow } from './rows.js';

type Deps = Pick<EntitlementsDeps, 'clock' | 'ids' | 'settings'>;
type Keys = ReadonlyMap<string, string>;
type Accounts = ReadonlyMap<AccountId, AccountFacts>;
/** What became of each row, and the accounts with something on record, as they stand with it. */
export type RecordedRows = { readonly outcomes: readonly RowOutcome[]; readonly accounts: Accounts };

const distinct = <T>(values: readonly T[]): readonly T[] => [...new Set(values)].sort();

/** The keys of features, by what they were called. */
const keysOf = (tx: EntitlementsTx, rows: readonly NewUsage[]): ResultAsync<Keys, Unavailable> =>
  safeTry(async function* () {
    const keys = new Map<string, string>();
    for (const named of distinct(rows.map(({ feature }) => feature))) {
      const key = yield* keyOf(tx, named)
        .map((found): string | undefined => found)
        .orElse((failure: FeatureUnknown | Unavailable) =>
          failure.kind === 'feature_unknown' ? ok(undefined) : err(failure),
        );
      if (key !== undefined) keys.set(named, key);
    }
    return ok(keys);
  });

/** The account is live until this unit ends. */
const isLive = (tx: EntitlementsTx, id: AccountId): ResultAsync<boolean, Unavailable> =>
  tx.accounts
    .lockLive(id)
    .map(() => true)
    .orElse((failure: NotFound | Unavailable) => (failure.kind === 'not_found' ? ok(false) : err(failure)));

type Wanted = ReadonlyMap<AccountId, readonly string[]>;

/** Of these accounts those that are live, which they are until this unit ends. */
const liveOf = (tx: EntitlementsTx, wanted: Wanted): ResultAsync<Wanted, Unavailable> =>
  safeTry(async function* () {
    const live = new Map<AccountId, readonly string[]>();
    for (const account of distinct([...wanted.keys()]))
      if (yield* isLive(tx, account)) live.set(account, wanted.get(account) ?? []);
    return ok(live);
  });

/** What is known of these accounts and features. */
const factsOf = (
  tx: EntitlementsTx,
  { settings }: Deps,
  wanted: Wanted,
  now: Instant,
): ResultAsync<Accounts, Unavailable> =>
  safeTry(async function* () {
    const accounts = new Map<AccountId, AccountFacts>();
    const facts = completed(tx.facts, settings);
    for (const [account, keys] of wanted) accounts.set(account, yield* facts(account, now, distinct(keys)));
    return ok(accounts);
  });

/** A batch is most often of few accounts and features: each is asked for once. */
const keysByAccount = (rows: readonly NewUsage[], keys: Keys): Wanted => {
  const wanted = new Map<AccountId, Set<string>>();
  for (const { accountId, feature } of rows) {
    const known = wanted.get(accountId) ?? new Set();
    const key = keys.get(feature);
    if (key !== undefined) known.add(key);
    wanted.set(accountId, known);
  }
  return new Map([...wanted].map(([account, some]) => [account, [...some]]));
};

type Entrances = ReadonlyMap<AccountId, ReadonlyMap<string, Result<Entrance, UsageRefusal>>>;

/** Of each account, by what its features were called. */
const entrancesOf = (accounts: Accounts, keys: Keys, actor: Actor): Entrances => {
  const into = (account: AccountFacts) =>
    [...keys].flatMap(([named, key]) => {
      const known = knownIn(account, key);
      return known ? [[named, entranceOf(known, actor)] as const] : [];
    });
  return new Map([...accounts].map(([id, account]) => [id, new Map(into(account))]));
};

const judge = ({ ids }: Deps, entrances: Entrances, usage: NewUsage): Result<Admitted, UsageRefusal> => {
  const account = entrances.get(usage.accountId);
  if (!account) return err(NOT_FOUND);
  const entrance = account.get(usage.feature) ?? err(FEATURE_UNKNOWN);
  return entrance.isOk() ? admitRow(entrance.value, usage, ids.next()) : err(entrance.error);
};

const nameOf = ({ accountId, key }: UsageRecord): string => `${accountId} ${key}`;

/** What stands under the keys of these, by account and key. */
const standing = (
  tx: EntitlementsTx,
  records: readonly UsageRecord[],
): ResultAsync<ReadonlyMap<string, UsageRecord>, Unavailable> =>
  safeTry(async function* () {
    const found = new Map<string, UsageRecord>();
    for (const account of distinct(records.map(({ accountId }) => accountId))) {
      const keys = records.filter(({ accountId }) => accountId === account).map(({ key }) => key);
      for (const record of yield* tx.usage.byKeys(account, distinct(keys))) found.set(nameOf(record), record);
    }
    return ok(found);
  });

const isAgain = ({ record, undated }: Admitted, before: UsageRecord): boolean =>
  record.featureId === before.featureId &&
  record.value === before.value &&
  (undated || record.usedAt === before.usedAt);

const replay = (admitted: Admitted, before: UsageRecord | undefined): RowOutcome =>
  before && isAgain(admitted, before) ? { outcome: 'again', record: before } : refusedRow(USAGE_KEY_REUSED);

/** Puts on record what was admitted; who comes again with the same gets what stands. */
const write = (
  tx: EntitlementsTx,
  admitted: readonly Admitted[],
): ResultAsync<readonly RowOutcome[], Unavailable> =>
  safeTry(async function* () {
    if (admitted.length === 0) return okAsync<readonly RowOutcome[]>([]);
    const recorded = yield* tx.usage.record(admitted);
    const others = admitted.filter((_row, n) => recorded[n] !== 'recorded').map(({ record }) => record);
    const before = yield* standing(tx, others);
    return ok(
      admitted.map((row, n): RowOutcome => {
        const { record } = row;
        return recorded[n] === 'recorded'
          ? { outcome: 'recorded', record }
          : replay(row, before.get(nameOf(record)));
      }),
    );
  });

/** Records what can be recorded of these, each on its own. */
export const recordRows = (
  deps: Deps,
  tx: EntitlementsTx,
  rows: readonly NewUsage[],
  actor: Actor,
): ResultAsync<RecordedRows, Unavailable> =>
  safeTry(async function* () {
    const now = deps.clock.now();
    const keys = yield* keysOf(tx, rows);
    const live = yield* liveOf(tx, keysByAccount(rows, keys));
    const entrances = entrancesOf(yield* factsOf(tx, deps, live, now), keys, actor);
    const judged = rows.map((usage) => judge(deps, entrances, usage));
    const admitted = judged.filter((row) => row.isOk()).map(({ value }) => value);
    const written = yield* write(tx, admitted);
    let next = 0;
    const outcomes = judged.map((row) =>
      row.isOk() ? (written[next++] ?? refusedRow(NOT_FOUND)) : refusedRow(row.error),
    );
    const touched = rows.filter((_usage, n) => outcomes[n]?.outcome !== 'refused');
    const accounts = yield* factsOf(tx, deps, keysByAccount(touched, keys), now);
    return ok({ outcomes, accounts });
  });

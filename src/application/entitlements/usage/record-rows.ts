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
import { type Admitted, admitRow } from './admit-row.js';
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

/** What is known of these accounts and features; of an account that is not there, nothing. */
const factsOf = (
  tx: EntitlementsTx,
  { settings }: Deps,
  wanted: ReadonlyMap<AccountId, readonly string[]>,
  now: Instant,
): ResultAsync<Accounts, Unavailable> =>
  safeTry(async function* () {
    const accounts = new Map<AccountId, AccountFacts>();
    const facts = completed(tx.facts, settings);
    for (const account of distinct([...wanted.keys()]))
      if (yield* isLive(tx, account))
        accounts.set(account, yield* facts(account, now, distinct(wanted.get(account) ?? [])));
    return ok(accounts);
  });

/** A batch is most often of few accounts and features: each is asked for once. */
const keysByAccount = (rows: readonly NewUsage[], keys: Keys): ReadonlyMap<AccountId, readonly string[]> => {
  const wanted = new Map<AccountId, Set<string>>();
  for (const { accountId, feature } of rows) {
    const known = wanted.get(accountId) ?? new Set();
    const key = keys.get(feature);
    if (key !== undefined) known.add(key);
    wanted.set(accountId, known);
  }
  return new Map([...wanted].map(([account, some]) => [account, [...some]]));
};

const judge = (
  { ids }: Deps,
  accounts: Accounts,
  keys: Keys,
  usage: NewUsage,
  actor: Actor,
): Result<Admitted, UsageRefusal> => {
  const account = accounts.get(usage.accountId);
  if (!account) return err(NOT_FOUND);
  const known = knownIn(account, keys.get(usage.feature) ?? '');
  return known ? admitRow(known, usage, actor, ids.next()) : err(FEATURE_UNKNOWN);
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
    const recorded = yield* tx.usage.record(admitted.map(({ record, windows }) => ({ record, windows })));
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
    const before = yield* factsOf(tx, deps, keysByAccount(rows, keys), now);
    const judged = rows.map((usage) => judge(deps, before, keys, usage, actor));
    const admitted = judged.flatMap((row) => (row.isOk() ? [row.value] : []));
    const written = (yield* write(tx, admitted))[Symbol.iterator]();
    const outcomes = judged.map((row) =>
      row.match(
        () => written.next().value ?? refusedRow(NOT_FOUND),
        (failure) => refusedRow(failure),
      ),
    );
    const touched = rows.filter((_usage, n) => outcomes[n]?.outcome !== 'refused');
    const accounts = yield* factsOf(tx, deps, keysByAccount(touched, keys), now);
    return ok({ outcomes, accounts });
  });

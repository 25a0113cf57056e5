import { err, errAsync, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import { decide } from '../../../domain/entitlements/decide.js';
import type { EntitlementDecision } from '../../../domain/entitlements/decision.js';
import type { AccountFacts } from '../../../domain/entitlements/facts.js';
import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { EntitlementsTx } from '../../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { refusalOf, refusalsOnRecord } from '../../shared/refused.js';
import { type Actor, byActor, byAdmin, isSystem, isUnbound } from '../actor.js';
import { tellCrossings } from '../crossings.js';
import type { EntitlementsDeps } from '../deps.js';
import type { BatchTooLarge, UsageRefusal } from '../failures.js';
import { type RecordedRows, recordRows } from './record-rows.js';
import type { NewUsage, RowOutcome } from './rows.js';

export const LARGEST_BATCH = 1_000;

/** A use on record, and how the feature stands with it. */
export type Noted = { readonly record: UsageRecord; readonly decision: EntitlementDecision };

type Deps = Pick<EntitlementsDeps, 'clock' | 'ids' | 'entitlements' | 'settings'>;

const freshIn = ({ outcomes }: RecordedRows, account: AccountId): readonly UsageRecord[] => {
  const fresh: UsageRecord[] = [];
  for (const row of outcomes)
    if (row.outcome === 'recorded' && row.record.accountId === account) fresh.push(row.record);
  return fresh;
};

const sumOf = (records: readonly UsageRecord[], id: string): number =>
  Number(records.reduce((sum, { featureId, value }) => (featureId === id ? sum + value : sum), 0n));

/**
 * Crossings, and one entry for all that somebody put on record of an account: the records themselves are what
 * happened. What the server counts on its own it does on nobody's behalf.
 */
const tellOf = (
  tx: EntitlementsTx,
  { ids }: Deps,
  actor: Actor,
  account: AccountFacts,
  fresh: readonly UsageRecord[],
): ResultAsync<void, Unavailable> =>
  safeTry(async function* () {
    const { accountId } = account;
    const values: Record<string, number> = {};
    for (const facts of account.features.values()) {
      yield* tellCrossings(tx, ids, { account, facts });
      values[facts.feature.key] = sumOf(fresh, facts.feature.id);
    }
    const data = { records: fresh.length, values };
    const deed = { accountId, action: 'usage.record', target: accountId, data };
    if (isSystem(actor)) return ok(undefined);
    const isGuest = isUnbound(actor) && actor.accountId !== accountId;
    yield* tx.audit.record(isGuest ? byAdmin(actor, deed) : byActor(actor, deed));
    return ok(undefined);
  });

/** Each feature of an account that was refused, however many rows were of it. */
const refusalsIn = (rows: readonly NewUsage[], { outcomes }: RecordedRows) => {
  const refusals = new Map<string, Parameters<typeof refusalOf>>();
  outcomes.forEach((row, n) => {
    const accountId = rows[n]?.accountId;
    if (row.outcome !== 'refused' || row.failure.kind !== 'not_in_plan' || accountId === undefined) return;
    const { decision } = row.failure;
    refusals.set(`${accountId} ${decision.feature}`, [accountId, decision]);
  });
  return [...refusals.values()];
};

const tell = (
  tx: EntitlementsTx,
  deps: Deps,
  actor: Actor,
  rows: readonly NewUsage[],
  recorded: RecordedRows,
): ResultAsync<void, Unavailable> =>
  safeTry(async function* () {
    for (const refusal of refusalsIn(rows, recorded))
      yield* tx.audit.record(byActor(actor, refusalOf(...refusal)));
    for (const account of recorded.accounts.values()) {
      const fresh = freshIn(recorded, account.accountId);
      if (fresh.length > 0) yield* tellOf(tx, deps, actor, account, fresh);
    }
    return ok(undefined);
  });

const written = (deps: Deps, tx: EntitlementsTx, rows: readonly NewUsage[], actor: Actor) =>
  recordRows(deps, tx, rows, actor).andThen((recorded) =>
    tell(tx, deps, actor, rows, recorded).map(() => recorded),
  );

const decisionOf = ({ accounts }: RecordedRows, { accountId, featureId }: UsageRecord) => {
  const account = accounts.get(accountId);
  const facts = [...(account?.features.values() ?? [])].find(({ feature }) => feature.id === featureId);
  if (!(account && facts)) throw new Error(`nothing is known of feature ${featureId} after it was used`);
  return decide(account, facts, 0n);
};

/** Puts on record that something was used. The limit may be reached by it, but does not keep it out. */
export const recordUsage =
  (deps: Deps) =>
  (usage: NewUsage, actor: Actor): ResultAsync<Noted, UsageRefusal | Unavailable> =>
    refusalsOnRecord(
      deps.entitlements,
      (_tx, refusedIn) => okAsync(byActor(actor, refusedIn(usage.accountId))),
      deps.entitlements.runAdding((tx) =>
        written(deps, tx, [usage], actor).andThen((recorded) => {
          const [row] = recorded.outcomes;
          if (row === undefined) throw new Error('a row came to nothing');
          return row.outcome === 'refused'
            ? err(row.failure)
            : ok({ record: row.record, decision: decisionOf(recorded, row.record) });
        }),
      ),
    );

/** The same for many, in one transaction: what became of each, in their order. */
export const recordBatch =
  (deps: Deps) =>
  (
    rows: readonly NewUsage[],
    actor: Actor,
  ): ResultAsync<readonly RowOutcome[], BatchTooLarge | Unavailable> =>
    rows.length > LARGEST_BATCH
      ? errAsync({ kind: 'batch_too_large', limit: LARGEST_BATCH })
      : deps.entitlements.runAdding((tx) => written(deps, tx, rows, actor).map(({ outcomes }) => outcomes));

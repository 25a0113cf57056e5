import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { MirrorPlan } from '../../../domain/billing/mirror-plan.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import type { Upshot } from '../../../ports/billing/inbound-events.js';
import type {
  AlreadySubscribed,
  BillingIntent,
  BillingTx,
  BillingUnitOfWork,
} from '../../../ports/billing/unit-of-work.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import type { Ids } from '../../../ports/shared/ids.js';
import { USAGE_JOB } from '../usage/usage-job.js';
import { keepSurplus } from './end-surplus.js';
import { planFor } from './plan-for.js';
import { saveSubscription, stateEvent, type Telling } from './tell.js';

export type WriteDeps = { readonly clock: Clock; readonly ids: Ids; readonly billing: BillingUnitOfWork };

/** The rows are not as they were read: somebody else has been faster. */
type Overtaken = StaleVersion | AlreadySubscribed;

export type Mirroring = {
  /** The customer's rows, where they were read a moment ago. */
  readonly found?: readonly Subscription[] | undefined;
  /** Who has made us look, for the audit. */
  readonly entry: Telling['entry'];
  /** True: somebody waits for a second one to be ended and paid back. */
  readonly surplus?: boolean | undefined;
  /** True: whether the account that pays is still there is looked at, also where nothing becomes live. */
  readonly payerToo?: boolean | undefined;
  /** The processor's id of one that was begun a moment ago: where it is none of ours, that is put on record. */
  readonly begun?: string | undefined;
  /** Writes what comes to one row in one go, with all that `also` would. */
  readonly atOnce?: (upshot: Upshot) => ResultAsync<Subscription, StaleVersion | Unavailable>;
  /** Written in the transaction that writes the rows; it is given them as they are then, newest first. */
  readonly also?: (
    tx: BillingTx,
    rows: readonly Subscription[],
  ) => ResultAsync<unknown, Overtaken | Unavailable>;
};

/** A customer with its rows as they were read, and what brings them to where the processor is. */
type Found = {
  readonly customer: Customer;
  readonly rows: readonly Subscription[];
  readonly plan: MirrorPlan;
};
/** The rows as they are then, and what is to be done at the processor. */
type Written = { readonly rows: readonly Subscription[]; readonly intents: readonly BillingIntent[] };

const newestFirst = (a: Subscription, b: Subscription): number => b.startedAt - a.startedAt;

/** Rows with one of them as it is now. */
const replacing = (rows: readonly Subscription[], now: Subscription): readonly Subscription[] => [
  ...rows.filter(({ id }) => id !== now.id),
  now,
];

const isStanding = ({ status, processor }: Subscription): boolean =>
  processor !== undefined && status !== 'ended';

type Saved = ResultAsync<readonly Subscription[], Overtaken | Unavailable>;

/**
 * What has changed is saved, and what has not and yet may is confirmed: who asked the processor before us and has not
 * written so far must not. Of what has ended nobody was ever told anything else.
 */
const saveRows = (tx: BillingTx, { rows, plan }: Found, telling: Telling): Saved => {
  const changed = plan.changes.map(({ before }) => before?.id);
  const standing = rows.filter((row) => isStanding(row) && !changed.includes(row.id));
  const steps = [
    ...plan.changes.map(
      ({ before, after }) =>
        () =>
          saveSubscription(tx, before, after, telling),
    ),
    ...standing.map((row) => () => tx.subscriptions.confirm(row)),
  ];
  return steps
    .reduce<Saved>(
      (before, step) => before.andThen((written) => step().map((saved) => replacing(written, saved))),
      okAsync(rows),
    )
    .map((written) => [...written].sort(newestFirst));
};

const beginsForeign = ({ foreign }: MirrorPlan, { begun }: Mirroring): boolean =>
  begun !== undefined && foreign.includes(begun);

/** Somebody else's business with our customer is left alone, and on record once: when it begins. */
const noteForeign = (
  tx: BillingTx,
  { customer, plan }: Found,
  mirroring: Mirroring,
): ResultAsync<void, Unavailable> =>
  beginsForeign(plan, mirroring)
    ? tx.audit.record(
        mirroring.entry({
          accountId: customer.payer,
          action: 'subscription.left_alone',
          target: mirroring.begun ?? '',
        }),
      )
    : okAsync(undefined);

/** What was used last is told at once when a subscription has ended: its last invoice waits no longer than an hour. */
const reportLast = (
  tx: BillingTx,
  ids: Ids,
  { customer, plan }: Found,
  { at }: Telling,
): ResultAsync<void, Unavailable> => {
  const ended = plan.changes.find(({ after }) => after.status === 'ended' && after.processor?.usageSince);
  return ended === undefined
    ? okAsync(undefined)
    : tx.jobs.enqueue({
        id: ids.next(),
        kind: USAGE_JOB,
        key: `${USAGE_JOB}:${ended.after.id}`,
        accountId: customer.payer,
        payload: { customer: customer.id },
        runAt: at,
      });
};

/** What it all comes to, where that is one row which is there already and keeps its status. */
const upshotOf = ({ rows, plan }: Found, telling: Telling): Upshot | undefined => {
  const [change, ...changes] = plan.changes;
  const standing = rows.filter((row) => isStanding(row) && row.id !== change?.before?.id);
  if (change === undefined) {
    const [row, ...others] = standing;
    return row && others.length === 0 ? { kind: 'confirmed', row } : undefined;
  }
  const { before, after } = change;
  if (changes.length > 0 || standing.length > 0 || before?.status !== after.status) return undefined;
  return { kind: 'saved', row: after, told: stateEvent({ ...after, version: after.version + 1 }, telling) };
};

/** In the one transaction in which all of it is written. */
const writeAll = (
  { ids }: WriteDeps,
  tx: BillingTx,
  found: Found,
  {
    telling,
    touchesIntents,
    payerToo,
    ...mirroring
  }: Mirroring & { telling: Telling; touchesIntents: boolean },
): ResultAsync<Written, Overtaken | Unavailable> =>
  safeTry(async function* () {
    const { customer } = found;
    const plan = yield* planFor(tx, found, payerToo ?? false);
    const rows = yield* saveRows(tx, found, telling);
    const tooMany = plan.surplus.length > 0;
    if (touchesIntents) yield* reportLast(tx, ids, found, telling);
    const intents = touchesIntents || tooMany ? yield* keepSurplus({ tx, ids, customer, telling }, plan) : [];
    if (tooMany) return ok<Written>({ rows, intents });
    yield* noteForeign(tx, found, mirroring);
    if (mirroring.also !== undefined) yield* mirroring.also(tx, rows);
    return ok<Written>({ rows, intents });
  });

/** Writes all that the plan says, or nothing where a row is no longer as it was read. */
export const writeMirror = (
  deps: WriteDeps,
  found: Found,
  mirroring: Mirroring,
  ended: boolean,
): ResultAsync<Written, Overtaken | Unavailable> => {
  const { customer, rows, plan } = found;
  const { changes, surplus, sole } = plan;
  const { entry, also, atOnce } = mirroring;
  const telling: Telling = { payer: customer.payer, at: deps.clock.now(), entry };
  const touchesIntents = ended || surplus.length > 0 || changes.some(({ after }) => after.status === 'ended');
  const payerToo = ended || mirroring.payerToo === true;
  const looks = payerToo && sole.length > 0;
  if (changes.length === 0 && !touchesIntents && !looks && also === undefined)
    return okAsync({ rows, intents: [] });
  const upshot = touchesIntents || beginsForeign(plan, mirroring) ? undefined : upshotOf(found, telling);
  if (upshot !== undefined && atOnce !== undefined)
    return atOnce(upshot).map(
      (row): Written => ({
        rows: replacing(rows, row).toSorted(newestFirst),
        intents: [],
      }),
    );
  return deps.billing.run((tx) =>
    writeAll(deps, tx, found, { ...mirroring, telling, touchesIntents, payerToo }),
  );
};

import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { SellerId } from '../../../domain/billing/seller.js';
import type { BillingIntent, ChangeInProgress, Intents } from '../../../ports/billing/unit-of-work.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { type IntentRow, ofSeller, TABLES } from './rows.js';

const UNIQUE_CHANGE = 'billing_intents.change';

const isChange = ({ kind }: BillingIntent): boolean => kind !== 'checkout' && kind !== 'end_surplus';
const customerKey = ({ sellerId, customerId }: BillingIntent): string => idOf(sellerId, customerId);

const intentOf = ({ settled: _, ...intent }: IntentRow): BillingIntent => intent;

const oldestFirst = (a: BillingIntent, b: BillingIntent): number =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

/** What shall be done at processors, on one unit. */
export const memoryIntents = (tx: MemoryTx): Intents => {
  const rows = tx.table<IntentRow>(TABLES.intents);
  const find = (seller: SellerId, id: string): ResultAsync<IntentRow | undefined, never> =>
    rows.get(id).map((row) => ofSeller(seller, row));
  return {
    open: (intent) =>
      (isChange(intent)
        ? tx.claimUnique(UNIQUE_CHANGE, customerKey(intent), intent.id)
        : okAsync<boolean, never>(true)
      ).andThen((free) =>
        free ? rows.put(intent.id, intent) : errAsync<void, ChangeInProgress>({ kind: 'change_in_progress' }),
      ),
    pending: (seller, id) =>
      find(seller, id).map((row) =>
        row === undefined || row.settled !== undefined ? undefined : intentOf(row),
      ),
    pendingOf: (seller, customerId) =>
      rows.all().map((all) =>
        all
          .filter(
            (row) => row.sellerId === seller && row.customerId === customerId && row.settled === undefined,
          )
          .map(intentOf)
          .sort(oldestFirst),
      ),
    outcome: (seller, id) =>
      find(seller, id).map((row) => row?.settled && { state: row.settled.state, data: row.settled.data }),
    settle: (seller, id, outcome, at) =>
      find(seller, id).andThen((row) => {
        if (row === undefined || row.settled !== undefined) return okAsync(undefined);
        return (
          isChange(row) ? tx.releaseUnique(UNIQUE_CHANGE, customerKey(row)) : okAsync<void, never>(undefined)
        ).andThen(() => rows.put(id, { ...row, settled: { ...outcome, at } }));
      }),
  };
};

import { okAsync, ResultAsync, safeTry } from 'neverthrow';
import { reportRange } from '../../domain/billing/report-range.js';
import { edgesOf, type Granularity, slotsOf } from '../../domain/billing/slots.js';
import { usageReport } from '../../domain/billing/usage-report.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { BillingDeps } from './deps.js';

export type UsageQuery = {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly granularity: Granularity;
};

/** What an account has used in a range of time, and what that costs. */
export const getUsage =
  ({ priceBook, usage, settings }: Pick<BillingDeps, 'priceBook' | 'usage' | 'settings'>) =>
  (asked: UsageQuery, { accountId, at: now }: { readonly accountId: AccountId; readonly at: Instant }) =>
    safeTry(async function* () {
      const { granularity } = asked;
      const range = yield* reportRange(asked, granularity, now);
      const slots = slotsOf(range, granularity, yield* priceBook.versions('storage'));
      const edges = edgesOf(slots);
      const until = now < range.end ? now : range.end;
      const [resources, stored, ran] = yield* ResultAsync.combine([
        usage.resources(accountId),
        usage.stored(accountId, edges, until),
        usage.ran(accountId, edges, until),
      ]);
      const { currency } = settings.storage;
      return okAsync(usageReport({ range, granularity, currency, now, slots, ...resources, stored, ran }));
    });

import { okAsync, ResultAsync, safeTry } from 'neverthrow';
import type { Price } from '../../domain/billing/price.js';
import { reportRange } from '../../domain/billing/report-range.js';
import { edgesOf, type Granularity, slotsOf } from '../../domain/billing/slots.js';
import { usageReport } from '../../domain/billing/usage-report.js';
import type { Member } from '../../domain/shared/principal.js';
import type { Instant } from '../../domain/shared/time.js';
import type { PriceBook } from '../../ports/billing/price-book.js';
import type { UsageReaders } from '../../ports/billing/usage-readers.js';
import type { Clock } from '../../ports/shared/clock.js';

export type BillingSettings = {
  /** Of a gigabyte for a day. */
  readonly storage: Price;
};

/** What the use cases of billing ask of the world. */
export type BillingDeps = {
  readonly clock: Clock;
  readonly priceBook: PriceBook;
  readonly usage: UsageReaders;
  readonly settings: BillingSettings;
};

/** The billing context: what things cost, and what was used of them. */
export const billing = (deps: BillingDeps) => ({
  /** Writes down what the settings say: repeatable, and done whenever a process starts. */
  updatePriceBook: () => deps.priceBook.extend('storage', deps.settings.storage, deps.clock.now()),
  getUsage: getUsage(deps),
});
export type Billing = ReturnType<typeof billing>;

export type UsageQuery = {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly granularity: Granularity;
};

/** What an account has used in a range of time, and what that costs. */
const getUsage =
  ({ priceBook, usage, settings }: BillingDeps) =>
  (asked: UsageQuery, { accountId, at: now }: Member) =>
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

import type { Unit } from '../../../domain/billing/charges.js';
import { halfUp, type Money } from '../../../domain/billing/money.js';
import type { UsageDay } from '../../../domain/billing/usage-report.js';
import { shortDecimal } from './kit/format.js';

const PLACES = 4;

/** So many of a unit, to four digits after the point. */
export const quantityOf = (amount: bigint, { per }: Unit): string =>
  shortDecimal(halfUp(amount * 10n ** BigInt(PLACES), per), PLACES);

/** All of some amounts; none of them is nothing, in this currency. */
export const sumOf = (amounts: readonly Money[], currency: Money['currency']): Money => ({
  amount: amounts.reduce((sum, { amount }) => sum + amount, 0n),
  currency,
});

/** What a day costs in all. */
export const costOf = ({ storage, fileSystems }: UsageDay): Money => ({
  amount: storage.amount + fileSystems.amount,
  currency: storage.currency,
});

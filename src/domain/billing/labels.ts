import type { Customer } from './customer.js';

/** What a processor keeps with a thing and gives back. */
export type Labels = Readonly<Record<string, string>>;

/** What everything that is bought here carries at the processor. */
export const labelsOf = ({ id, payer }: Pick<Customer, 'id' | 'payer'>): Labels => ({
  account: payer,
  customer: id,
});

/** Bought here, by whomever; who else uses the seller's account at the processor has labels of their own, or none. */
export const isLabelled = ({ account, customer }: Labels): boolean =>
  account !== undefined && customer !== undefined;

/** Bought here by this customer. */
export const isLabelledFor = (labels: Labels, { id }: Pick<Customer, 'id'>): boolean =>
  labels['customer'] === id;

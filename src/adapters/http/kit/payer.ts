import type { AccountMember } from '../../../application/accounts/authenticate.js';
import type { Payer } from '../../../application/billing/index.js';

/** A member who acts for the account that pays, which the processor shall call by its name. */
export const payerOf = (member: AccountMember): Payer => ({ ...member, name: member.account.name });

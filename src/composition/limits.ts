import type { AccountLimit } from '../application/accounts/deps.js';

/**
 * Attempts per window. The pair stops guessing at one user from one place, the address stops one
 * place from guessing at many, and the mail address alone only slows answers down.
 */
export const ACCOUNT_LIMITS: Readonly<
  Record<AccountLimit, { readonly points: number; readonly windowSeconds: number }>
> = {
  login_pair: { points: 10, windowSeconds: 15 * 60 },
  login_address: { points: 100, windowSeconds: 15 * 60 },
  login_email: { points: 50, windowSeconds: 15 * 60 },
  mail_address: { points: 100, windowSeconds: 60 * 60 },
};

import { okAsync, type ResultAsync } from 'neverthrow';
import type { AccountEntitlements } from '../../../application/entitlements/index.js';
import type { DecisionReason, EntitlementDecision } from '../../../domain/entitlements/decision.js';
import { atLeast } from '../../../domain/shared/principal.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { type Html, html } from '../kit/html.js';
import type { App } from './app.js';
import type { ProjectMember } from './guards.js';
import { time } from './kit/format.js';
import { shareOf } from './limit-words.js';
import { billingOf } from './places.js';

/** How a project stands with its limits. */
export const standingOf = (
  { entitlements }: App,
  { accountId, at }: ProjectMember,
): ResultAsync<AccountEntitlements, Unavailable> =>
  okAsync(accountId).andThen((account) => entitlements.entitlementsOf(account, at));

const TOLD: { readonly [Reason in DecisionReason]?: string } = {
  near_limit: 'are used: soon nothing can be added',
  limit_reached: 'are used: nothing can be added',
  over_soft_limit: 'are used, more than is included',
};
const EXCEEDED = 'are there, more than there may be: nothing is deleted, and nothing can be added';

const words = ({ reason, used, limit = 0n }: EntitlementDecision): string | undefined =>
  reason === 'limit_reached' && used > limit ? EXCEEDED : TOLD[reason];

const line = (decision: EntitlementDecision): Html =>
  html`<li>${shareOf(decision)} ${words(decision)}${
    decision.resetsAt !== undefined && html`, until it begins anew on ${time(decision.resetsAt)}`
  }.</li>`;

/** What nears its limit or has come to it, and whether all of the project is blocked. Nothing of that: no words. */
export const limitsBanner = (
  member: ProjectMember,
  { lifecycle, decisions }: AccountEntitlements,
): Html | false => {
  const told = decisions.filter((decision) => decision.used > 0n && words(decision) !== undefined);
  const isFine = lifecycle.outcome === 'allow';
  if (isFine && told.length === 0) return false;
  const title = lifecycle.outcome === 'block' ? 'This project is suspended' : 'Limits of this project';
  return html`<section class="limits" aria-labelledby="limits"><h2 id="limits">${title}</h2>
${!isFine && html`<p>${lifecycle.explanation}</p>`}${told.length > 0 && html`<ul>${told.map(line)}</ul>`}${
  told.length > 0 &&
  atLeast(member.role, 'owner') &&
  html`<p><a href="${billingOf(member.account.id)}">Choose a larger plan</a></p>`
}</section>`;
};

import * as z from 'zod';
import type { LifecycleDecision } from '../../../domain/entitlements/lifecycle.js';
import { type Html, html } from '../kit/html.js';

/** What those meet who ask for something that workspaces do only while they may. */
export const GATED = {
  forged: 403,
  forbidden: 403,
  not_found: 404,
  not_entitled: 409,
  lifecycle_blocked: 409,
} as const;

/** A form that carries nothing but its token. */
export const Csrf = z.object({ csrf: z.string().max(200).default('') });

/** Says what the posture means for what is about to be confirmed. */
export const gate = ({
  outcome,
  explanation,
}: Pick<LifecycleDecision, 'outcome' | 'explanation'>): Html | undefined => {
  if (outcome === 'allow') return undefined;
  return outcome === 'warn'
    ? html`<p><strong>${explanation}</strong></p>`
    : html`<p><strong>This is not possible now.</strong> ${explanation}</p>`;
};

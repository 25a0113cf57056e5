import * as z from 'zod';
import type { OnboardingView } from '../../../application/entitlements/workspaces/views.js';
import { empty } from '../kit/reply.js';
import { posted } from '../pages/guards.js';
import { unforged } from '../pages/kit/csrf.js';
import { inForm } from '../pages/kit/form.js';
import { layout, page, toPage } from '../pages/kit/layout.js';
import { address } from '../pages/kit/list.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { Csrf, GATED } from './gated.js';
import { CsrfHeader, csrfIn, inWorkspace, type Worker } from './guards.js';
import { completionView, type Onboarding, onboardingView } from './onboarding.views.js';
import { view } from './parts.js';
import { onboardingOf } from './places.js';
import { presentOnboarding } from './present.js';
import { DraftParams } from './schemas.js';
import { OnboardingDto } from './views-schemas.js';
import { messageOf } from './words.js';

export const currentOnboarding = route({
  operationId: 'currentOnboarding',
  at: 'GET /admin/onboarding',
  summary: 'Leads to the onboarding of the workspace one is in',
  auth: inWorkspace('admin'),
  run: ({ workspaces }, { principal }) =>
    workspaces.currentDraft(principal).map(({ number }) => ({ to: onboardingOf(number) })),
  reply: toPage(),
  errors: { not_found: 404 },
});

const shownTo =
  (member: Worker, more: Pick<Onboarding, 'done'> = {}) =>
  (shown: OnboardingView): Onboarding => ({ csrf: member.csrf, member, shown, ...more });

export const getOnboarding = route({
  operationId: 'getOnboarding',
  at: 'GET /admin/onboarding/{onboardingDraft}',
  summary: 'The first steps in a workspace, and whether its posture lets them end',
  auth: inWorkspace('admin'),
  request: { params: DraftParams, query: z.object({ done: z.string().max(40).optional() }) },
  run: ({ workspaces }, { principal, params, query }) =>
    workspaces.onboardingView(params.onboardingDraft, principal).map(shownTo(principal, query)),
  reply: view(onboardingView, OnboardingDto, ({ shown }) => presentOnboarding(shown)),
  errors: { not_found: 404 },
});

export const completeOnboarding = route({
  operationId: 'completeOnboarding',
  at: 'POST /admin/onboarding/{onboardingDraft}/actions/complete',
  summary: 'End the first steps in a workspace',
  auth: posted(inWorkspace('admin')),
  request: { params: DraftParams, headers: CsrfHeader },
  run: ({ workspaces }, { principal, params, headers }) =>
    unforged(principal, csrfIn(headers)).asyncAndThen(() =>
      workspaces.completeOnboarding(params.onboardingDraft, principal),
    ),
  reply: empty(204),
  errors: GATED,
});

export const completionPage = route({
  operationId: 'completionPage',
  at: 'GET /admin/onboarding/{onboardingDraft}/complete',
  summary: 'What completing the onboarding would change',
  auth: inWorkspace('admin'),
  request: { params: DraftParams },
  run: ({ workspaces }, { principal, params }) =>
    workspaces.onboardingView(params.onboardingDraft, principal).map(shownTo(principal)),
  reply: page(completionView),
  errors: { not_found: 404 },
});

const again =
  ({ workspaces }: App, member: Worker, draft: number) =>
  (failure: { readonly kind: string }) =>
    workspaces
      .onboardingView(draft, member)
      .map((shown) =>
        layout(completionView({ ...shownTo(member)(shown), problem: { message: messageOf(failure) } })),
      );

export const confirmCompletion = route({
  operationId: 'confirmCompletion',
  at: 'POST /admin/onboarding/{onboardingDraft}/complete',
  summary: 'Complete the onboarding as it was shown',
  auth: posted(inWorkspace('admin')),
  request: { params: DraftParams },
  body: { kind: 'form', schema: Csrf },
  run: (app, { principal, params, body }) =>
    inForm(
      unforged(principal, body)
        .asyncAndThen(() => app.workspaces.completeOnboarding(params.onboardingDraft, principal))
        .map(({ number }) => ({ to: address(onboardingOf(number), { done: 'completed' }) })),
      again(app, principal, params.onboardingDraft),
    ),
  reply: toPage(),
  errors: GATED,
});

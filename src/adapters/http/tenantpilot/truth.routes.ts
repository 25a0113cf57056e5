import { ok, safeTry } from 'neverthrow';
import * as z from 'zod';
import { assert } from '../../../domain/entitlements/truth.js';
import { empty } from '../kit/reply.js';
import { posted } from '../pages/guards.js';
import { unforged } from '../pages/kit/csrf.js';
import { inForm, type Problem } from '../pages/kit/form.js';
import { layout, page, toPage } from '../pages/kit/layout.js';
import { address } from '../pages/kit/list.js';
import type { App } from './app.js';
import { Expected, meanwhile } from './as-shown.js';
import { route } from './contract.js';
import { CsrfHeader, csrfIn, type Operator, operator } from './guards.js';
import { systemWorkspace } from './places.js';
import { LONGEST_TEXT, TruthCommandDto, WorkspaceParams } from './schemas.js';
import { systemWorkspaceView } from './system-workspace.views.js';
import { commandOf, inWireWords, type RefusedTruth, type TypedTruth, typedCommand } from './truth.js';
import { type TruthPreview, truthPreview } from './truth.views.js';
import { messageOf } from './words.js';

const Typed = z.string().max(LONGEST_TEXT).default('');
const TypedTruthDto = z.object({
  state: Typed,
  billing_reference: Typed,
  status_reason: Typed,
  trial_ends_at: Typed,
  current_period_starts_at: Typed,
  current_period_ends_at: Typed,
});

export const updateSubscriptionTruth = route({
  operationId: 'updateSubscriptionTruth',
  at: 'POST /system/directory/workspaces/{workspace}/actions/update-subscription-truth',
  summary: 'Write the subscription record of a workspace, or write it anew',
  auth: posted(operator('commercial')),
  request: { params: WorkspaceParams, headers: CsrfHeader },
  body: { kind: 'json', schema: TruthCommandDto },
  run: ({ workspaces }, { principal, params, headers, body }) =>
    unforged(principal, csrfIn(headers))
      .asyncAndThen(() => workspaces.updateSubscriptionTruth(params.workspace, commandOf(body), principal))
      .mapErr(inWireWords),
  reply: empty(204),
  errors: { forged: 403, forbidden: 403, not_found: 404, invalid_truth: 422 },
});

/** The first of the fields that are wrong, as the form tells of it. */
const problemOf = (failure: { readonly kind: string } | RefusedTruth): Problem => {
  const [first] = 'problems' in failure ? failure.problems : [];
  return first === undefined
    ? { message: messageOf(failure) }
    : { field: first.field, message: `This field ${first.message}.` };
};

type Asked = { readonly principal: Operator; readonly number: number; readonly typed: TypedTruth };

/** The workspace's page with what was typed, and what is wrong with it. */
const again =
  ({ workspaces }: App, { principal, number, typed }: Asked) =>
  (failure: { readonly kind: string }) =>
    workspaces
      .subscriptionView(number, principal)
      .map((shown) =>
        layout(
          systemWorkspaceView({ csrf: principal.csrf, shown, truth: typed, problem: problemOf(failure) }),
        ),
      );

const previewed = ({ workspaces }: App, { principal, number, typed }: Asked) =>
  safeTry(async function* () {
    const shown = yield* workspaces.subscriptionView(number, principal);
    const command = yield* typedCommand(typed);
    const { at, userId, csrf } = principal;
    const after = yield* assert(shown.subscription, command, { at, by: userId }).mapErr(inWireWords);
    return ok<TruthPreview>({ csrf, shown, typed, after, at });
  });

export const truthPage = route({
  operationId: 'truthPage',
  at: 'GET /system/directory/workspaces/{workspace}/subscription',
  summary: 'What writing a subscription record would change',
  auth: operator('commercial'),
  request: { params: WorkspaceParams, query: TypedTruthDto },
  run: (app, { principal, params, query }) => {
    const asked = { principal, number: params.workspace, typed: query };
    return inForm(previewed(app, asked), again(app, asked));
  },
  reply: page(truthPreview),
  errors: { not_found: 404, invalid_truth: 422 },
});

const written = ({ workspaces }: App, { principal, number, typed }: Asked, expected: number) =>
  typedCommand(typed)
    .asyncAndThen((command) =>
      workspaces.updateSubscriptionTruth(number, { ...command, expected }, principal),
    )
    .mapErr(inWireWords)
    .mapErr(meanwhile);

export const confirmTruth = route({
  operationId: 'confirmTruth',
  at: 'POST /system/directory/workspaces/{workspace}/subscription',
  summary: 'Write a subscription record as it was shown',
  auth: posted(operator('commercial')),
  request: { params: WorkspaceParams },
  body: {
    kind: 'form',
    schema: TypedTruthDto.extend({ csrf: Typed, expected: Expected }),
  },
  run: (app, { principal, params, body }) => {
    const asked = { principal, number: params.workspace, typed: body };
    return inForm(
      unforged(principal, body)
        .asyncAndThen(() => written(app, asked, body.expected))
        .map(() => ({ to: address(systemWorkspace(asked.number), { done: 'recorded' }) })),
      again(app, asked),
    );
  },
  reply: toPage(),
  errors: {
    forged: 403,
    forbidden: 403,
    not_found: 404,
    changed_meanwhile: 409,
    invalid_truth: 422,
  },
});

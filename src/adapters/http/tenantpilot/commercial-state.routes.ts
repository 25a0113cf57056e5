import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import type { InvalidState, RecordExists } from '../../../application/entitlements/workspaces/index.js';
import type { SystemWorkspaceView } from '../../../application/entitlements/workspaces/views.js';
import { LIFECYCLE_STATES, type LifecycleState } from '../../../domain/entitlements/lifecycle.js';
import type { Failure } from '../kit/dialect.js';
import { empty } from '../kit/reply.js';
import { posted } from '../pages/guards.js';
import { unforged } from '../pages/kit/csrf.js';
import { inForm } from '../pages/kit/form.js';
import { layout, page, toPage } from '../pages/kit/layout.js';
import { address } from '../pages/kit/list.js';
import type { App } from './app.js';
import { Expected, meanwhile } from './as-shown.js';
import { type StatePreview, statePreview, type TypedState } from './commercial-state.views.js';
import { route } from './contract.js';
import { CsrfHeader, csrfIn, type Operator, operator } from './guards.js';
import { systemWorkspace } from './places.js';
import { LONGEST_TEXT, StateCommandDto, WorkspaceParams } from './schemas.js';
import { systemWorkspaceView } from './system-workspace.views.js';
import { messageOf } from './words.js';

export const changeCommercialState = route({
  operationId: 'changeCommercialState',
  at: 'POST /system/directory/workspaces/{workspace}/actions/change-commercial-state',
  summary: 'Set how a workspace stands that has no subscription record',
  auth: posted(operator('commercial')),
  request: { params: WorkspaceParams, headers: CsrfHeader },
  body: { kind: 'json', schema: StateCommandDto },
  run: ({ workspaces }, { principal, params, headers, body }) =>
    unforged(principal, csrfIn(headers)).asyncAndThen(() =>
      workspaces.changeCommercialState(params.workspace, body, principal),
    ),
  reply: empty(204),
  errors: {
    forged: 403,
    forbidden: 403,
    not_found: 404,
    subscription_record_exists: 409,
    invalid_state: 422,
  },
});

const Typed = z.string().max(LONGEST_TEXT).default('');
/** Its first field is not called as that of the other form on the page. */
const TypedStateDto = z.object({ commercial_state: Typed, reason: Typed });
const typedOf = (given: z.output<typeof TypedStateDto>): TypedState => ({
  state: given.commercial_state,
  reason: given.reason,
});

type Asked = { readonly principal: Operator; readonly number: number; readonly typed: TypedState };

/** The workspace's page with what was typed, and what is wrong with it. */
const again =
  ({ workspaces }: App, { principal, number, typed }: Asked) =>
  (failure: Failure & { readonly field?: string }) => {
    const field = failure.field === 'state' ? 'commercial_state' : failure.field;
    const problem = { field, message: messageOf(failure) };
    return workspaces
      .subscriptionView(number, principal)
      .map((shown) => layout(systemWorkspaceView({ csrf: principal.csrf, shown, state: typed, problem })));
  };

const isState = (text: string): text is LifecycleState =>
  (LIFECYCLE_STATES as readonly string[]).includes(text);

/** The same refusals that setting it would meet. */
const preview = (
  shown: SystemWorkspaceView,
  { principal, typed }: Asked,
): Result<StatePreview, InvalidState | RecordExists> => {
  const { state, reason } = typed;
  const invalid = (field: InvalidState['field'], why: string): InvalidState => ({
    kind: 'invalid_state',
    field,
    reason: why,
  });
  if (shown.present) return err({ kind: 'subscription_record_exists' });
  if (!isState(state)) return err(invalid('state', `must be one of ${LIFECYCLE_STATES.join(', ')}`));
  if (reason.trim() === '') return err(invalid('reason', 'must not be blank'));
  return ok({ csrf: principal.csrf, shown, state, reason });
};

export const statePage = route({
  operationId: 'statePage',
  at: 'GET /system/directory/workspaces/{workspace}/commercial-state',
  summary: 'What setting the commercial state would change',
  auth: operator('commercial'),
  request: { params: WorkspaceParams, query: TypedStateDto },
  run: (app, { principal, params, query }) => {
    const asked = { principal, number: params.workspace, typed: typedOf(query) };
    return inForm(
      app.workspaces.subscriptionView(asked.number, principal).andThen((shown) => preview(shown, asked)),
      again(app, asked),
    );
  },
  reply: page(statePreview),
  errors: { not_found: 404, subscription_record_exists: 409, invalid_state: 422 },
});

const set = ({ workspaces }: App, { principal, number, typed }: Asked, expected: number) =>
  workspaces.changeCommercialState(number, { ...typed, expected }, principal).mapErr(meanwhile);

export const confirmState = route({
  operationId: 'confirmState',
  at: 'POST /system/directory/workspaces/{workspace}/commercial-state',
  summary: 'Set the commercial state as it was shown',
  auth: posted(operator('commercial')),
  request: { params: WorkspaceParams },
  body: { kind: 'form', schema: TypedStateDto.extend({ csrf: Typed, expected: Expected }) },
  run: (app, { principal, params, body }) => {
    const asked = { principal, number: params.workspace, typed: typedOf(body) };
    return inForm(
      unforged(principal, body)
        .asyncAndThen(() => set(app, asked, body.expected))
        .map(() => ({ to: address(systemWorkspace(asked.number), { done: 'set' }) })),
      again(app, asked),
    );
  },
  reply: toPage(),
  errors: {
    forged: 403,
    forbidden: 403,
    not_found: 404,
    changed_meanwhile: 409,
    subscription_record_exists: 409,
    invalid_state: 422,
  },
});

import type { SystemWorkspaceView } from '../../../application/entitlements/workspaces/views.js';
import { LIFECYCLE_STATES, type LifecycleState } from '../../../domain/entitlements/lifecycle.js';
import { LIFECYCLE_LABELS, OUTCOMES } from '../../../domain/entitlements/posture.js';
import { LONGEST_REASON } from '../../../domain/entitlements/truth.js';
import { type Html, html } from '../kit/html.js';
import { input, type Problem, select } from '../pages/kit/form.js';
import type { PageParts } from '../pages/kit/layout.js';
import { aroundSystem, confirmation, posturePill } from './parts.js';
import { systemWorkspace } from './places.js';

export type TypedState = { readonly state: string; readonly reason: string };

export const typedFrom = ({ setting, derivedState }: SystemWorkspaceView): TypedState => ({
  state: setting?.state ?? derivedState,
  reason: '',
});

const STATES = LIFECYCLE_STATES.map((value) => ({ value, label: LIFECYCLE_LABELS[value] }));

export const stateAddress = ({ workspace }: SystemWorkspaceView): string =>
  `${systemWorkspace(workspace.number)}/commercial-state`;

export const stateForm = (shown: SystemWorkspaceView, typed: TypedState, problem?: Problem): Html =>
  html`<form method="get" action="${stateAddress(shown)}">
${select({ name: 'commercial_state', label: 'Commercial state', options: STATES, value: typed.state, problem })}
${input({
  name: 'reason',
  label: 'Why',
  hint: 'It is kept in the audit trail.',
  value: typed.reason,
  problem,
  attributes: html` required maxlength="${LONGEST_REASON}" autocomplete="off"`,
})}
<button>Review the state</button></form>`;

export type StatePreview = {
  readonly csrf: string;
  readonly shown: SystemWorkspaceView;
  readonly state: LifecycleState;
  readonly reason: string;
};

/** Shows what setting a state would come to, before it is set. */
export const statePreview = ({ csrf, shown, state, reason }: StatePreview): PageParts => {
  const back = systemWorkspace(shown.workspace.number);
  const title = 'Set the commercial state';
  return confirmation({
    around: aroundSystem(csrf, [
      { name: shown.workspace.name, href: back },
      { name: title, href: stateAddress(shown) },
    ]),
    title,
    csrf,
    what: html`<p><strong class="name"><bdi>${shown.workspace.name}</bdi></strong></p>
<p>It is ${posturePill(LIFECYCLE_LABELS[shown.derivedState], shown.decision.outcome)} now, and will be ${posturePill(LIFECYCLE_LABELS[state], OUTCOMES[state])}, because: <bdi>${reason}</bdi></p>
<p>It counts until there is a subscription record.</p>`,
    action: stateAddress(shown),
    back,
    fields: { commercial_state: state, reason, expected: String(shown.setting?.version ?? 0) },
    danger: OUTCOMES[state] === 'block',
  });
};

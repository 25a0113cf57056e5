import type { SystemWorkspaceView } from '../../../application/entitlements/workspaces/views.js';
import { LIFECYCLE_LABELS } from '../../../domain/entitlements/posture.js';
import { type Html, html } from '../kit/html.js';
import { type Problem, summary } from '../pages/kit/form.js';
import { time } from '../pages/kit/format.js';
import type { PageParts } from '../pages/kit/layout.js';
import { stateForm, type TypedState, typedFrom } from './commercial-state.views.js';
import { aroundSystem, doneNotice, fact, keyDate, posturePill, SOURCES } from './parts.js';
import { systemWorkspace } from './places.js';
import { type TypedTruth, truthForm, typedOf } from './truth.views.js';

export type SystemWorkspace = {
  readonly csrf: string;
  readonly shown: SystemWorkspaceView;
  readonly done?: string | undefined;
  readonly problem?: Problem | undefined;
  /** What stood in the form that was refused. */
  readonly truth?: TypedTruth;
  readonly state?: TypedState;
};

const DONE = {
  recorded: 'The subscription record is written.',
  set: 'The commercial state is set.',
};

/** The way to a workspace's page. */
export const workspaceSteps = ({ workspace }: SystemWorkspaceView) => [
  { name: workspace.name, href: systemWorkspace(workspace.number) },
];

/** What is on record, in the order in which people ask. */
export const standing = (shown: SystemWorkspaceView): Html => html`<dl class="facts">
${fact('Posture', posturePill(LIFECYCLE_LABELS[shown.derivedState], shown.decision.outcome))}
${fact('It means', shown.decision.explanation)}
${fact('It comes from', SOURCES[shown.source])}
${shown.label !== undefined && fact('On record', shown.label)}
${keyDate(shown.keyDate)}
${shown.billingReference !== undefined && fact('Billing reference', html`<bdi>${shown.billingReference}</bdi>`)}
${shown.statusReason !== undefined && fact('Reason', html`<bdi>${shown.statusReason}</bdi>`)}
${shown.setting !== undefined && !shown.present && fact('Reason', html`<bdi>${shown.setting.reason}</bdi>`)}
${
  shown.lastChangedAt !== undefined &&
  fact(
    'Last changed',
    html`${time(shown.lastChangedAt)}${shown.lastChangedBy !== undefined && html` by <bdi>${shown.lastChangedBy}</bdi>`}`,
  )
}</dl>`;

const review = ({ needsReview }: SystemWorkspaceView): Html | undefined =>
  needsReview
    ? html`<div class="alert" role="status"><h2>Somebody should look at this</h2><p>The dates on record contradict its state, or a payment has been due for more than 30 days.</p></div>`
    : undefined;

const forms = ({ shown, problem, truth, state }: SystemWorkspace): Html => {
  if (!shown.capabilities.includes('commercial'))
    return html`<p class="soft">You may look at this, and change nothing.</p>`;
  return html`<section class="card" aria-labelledby="record"><h2 id="record">${
    shown.present ? 'Change the subscription record' : 'Write a subscription record'
  }</h2>${truthForm(shown, truth ?? typedOf(shown), truth && problem)}</section>
${
  shown.present
    ? html`<p class="soft">While there is a record, the commercial state follows from it and cannot be set by hand.</p>`
    : html`<section class="card" aria-labelledby="by-hand"><h2 id="by-hand">Set the commercial state by hand</h2>${stateForm(shown, state ?? typedFrom(shown), state && problem)}</section>`
}`;
};

export const systemWorkspaceView = (page: SystemWorkspace): PageParts => {
  const { csrf, shown, done, problem } = page;
  const { name, number } = shown.workspace;
  return {
    ...aroundSystem(csrf, workspaceSteps(shown)),
    title: `${problem ? 'Error: ' : ''}Workspace ${name}`,
    main: html`<h1>Workspace <bdi>${name}</bdi></h1>
${summary(problem)}${doneNotice(DONE, done)}${review(shown)}
<section class="card" aria-labelledby="standing"><h2 id="standing">How it stands</h2><p class="soft">Workspace number ${number}</p>${standing(shown)}</section>
${forms(page)}`,
  };
};

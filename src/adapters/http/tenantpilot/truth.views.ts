import type { SystemWorkspaceView } from '../../../application/entitlements/workspaces/views.js';
import {
  SUBSCRIPTION_STATES,
  type SubscriptionState,
  type WorkspaceSubscription,
} from '../../../domain/entitlements/lifecycle.js';
import {
  LIFECYCLE_LABELS,
  lifecycleOf,
  needsReview,
  SUBSCRIPTION_LABELS,
} from '../../../domain/entitlements/posture.js';
import { DATES_OF, LONGEST_REASON, LONGEST_REFERENCE } from '../../../domain/entitlements/truth.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import { type Html, html } from '../kit/html.js';
import { input, type Problem, select } from '../pages/kit/form.js';
import { time } from '../pages/kit/format.js';
import type { PageParts } from '../pages/kit/layout.js';
import { aroundSystem, confirmation, posturePill } from './parts.js';
import { systemWorkspace } from './places.js';
import type { TypedTruth } from './truth.js';

export type { TypedTruth } from './truth.js';

/** As a browser's field for a moment has it, in UTC. */
const field = (at: Instant | undefined): string => (at === undefined ? '' : iso(at).slice(0, 16));

/** The record as it stands, ready to be changed. */
export const typedOf = ({ subscription }: Pick<SystemWorkspaceView, 'subscription'>): TypedTruth => ({
  state: subscription?.state ?? '',
  billing_reference: subscription?.billingReference ?? '',
  status_reason: '',
  trial_ends_at: field(subscription?.trialEndsAt),
  current_period_starts_at: field(subscription?.periodStartsAt),
  current_period_ends_at: field(subscription?.periodEndsAt),
});

const STATES = SUBSCRIPTION_STATES.map((value) => ({ value, label: SUBSCRIPTION_LABELS[value] }));
const statesWith = (date: (typeof DATES_OF)[SubscriptionState][number]): string =>
  STATES.filter(({ value }) => (DATES_OF[value] as readonly string[]).includes(date))
    .map(({ label }) => label)
    .join(', ');

/** Where the form leads: to a page that shows what will change. */
export const truthAddress = ({ workspace }: SystemWorkspaceView): string =>
  `${systemWorkspace(workspace.number)}/subscription`;

export const truthForm = (shown: SystemWorkspaceView, typed: TypedTruth, problem?: Problem): Html => {
  const moment = (
    name: 'trial_ends_at' | 'current_period_starts_at' | 'current_period_ends_at',
    label: string,
    date: Parameters<typeof statesWith>[0],
  ) =>
    input({
      name,
      label,
      type: 'datetime-local',
      hint: `In UTC. For: ${statesWith(date)}.`,
      value: typed[name],
      problem,
    });
  return html`<form method="get" action="${truthAddress(shown)}">
${select({ name: 'state', label: 'State', options: STATES, value: typed.state, problem })}
${moment('trial_ends_at', 'Trial ends', 'trialEndsAt')}
${moment('current_period_starts_at', 'Period starts', 'periodStartsAt')}
${moment('current_period_ends_at', 'Period ends', 'periodEndsAt')}
${input({
  name: 'billing_reference',
  label: 'Billing reference (optional)',
  value: typed.billing_reference,
  problem,
  attributes: html` maxlength="${LONGEST_REFERENCE}" autocomplete="off"`,
})}
${input({
  name: 'status_reason',
  label: 'Reason',
  hint: 'It is kept with the record and in the audit trail.',
  value: typed.status_reason,
  problem,
  attributes: html` required maxlength="${LONGEST_REASON}" autocomplete="off"`,
})}
<button>Review the change</button></form>`;
};

/** A record that would be written, and the words in which it was asked for. */
export type TruthPreview = {
  readonly csrf: string;
  readonly shown: SystemWorkspaceView;
  readonly typed: TypedTruth;
  readonly after: WorkspaceSubscription;
  readonly at: Instant;
};

const orNone = (value: Html | string | undefined): Html | string =>
  value ?? html`<span class="soft">none</span>`;
const moment = (at: Instant | undefined): Html | undefined => (at === undefined ? undefined : time(at));

const rows = ({ shown, after, at }: TruthPreview): readonly (readonly [string, unknown, unknown])[] => {
  const before = shown.subscription;
  const derived = lifecycleOf(after, shown.setting, at);
  const pill = (state: typeof derived.state, outcome: typeof derived.outcome) =>
    posturePill(LIFECYCLE_LABELS[state], outcome);
  return [
    ['State', before && SUBSCRIPTION_LABELS[before.state], SUBSCRIPTION_LABELS[after.state]],
    ['Trial ends', moment(before?.trialEndsAt), moment(after.trialEndsAt)],
    ['Period starts', moment(before?.periodStartsAt), moment(after.periodStartsAt)],
    ['Period ends', moment(before?.periodEndsAt), moment(after.periodEndsAt)],
    ['Billing reference', before?.billingReference, after.billingReference],
    ['Reason', before?.statusReason, after.statusReason],
    ['Posture', pill(shown.derivedState, shown.decision.outcome), pill(derived.state, derived.outcome)],
  ];
};

const row = ([name, before, after]: readonly [string, unknown, unknown]): Html =>
  html`<tr><th scope="row">${name}</th><td>${orNone(before as Html | string | undefined)}</td><td>${orNone(after as Html | string | undefined)}</td></tr>`;

const what = (preview: TruthPreview): Html => html`<table class="changes"><caption>What will change</caption>
<thead><tr><th scope="col">Of the record</th><th scope="col">Now</th><th scope="col">Then</th></tr></thead>
<tbody>${rows(preview).map(row)}</tbody></table>
<p>${lifecycleOf(preview.after, preview.shown.setting, preview.at).explanation}</p>
${needsReview(preview.after, preview.at) && html`<p><strong>The dates contradict the state: the record will be marked for review.</strong></p>`}`;

/** Shows what a change would come to, before it is made. */
export const truthPreview = (preview: TruthPreview): PageParts => {
  const { csrf, shown, typed } = preview;
  const back = systemWorkspace(shown.workspace.number);
  const title = shown.present ? 'Change the subscription record' : 'Write a subscription record';
  return confirmation({
    around: aroundSystem(csrf, [
      { name: shown.workspace.name, href: back },
      { name: title, href: truthAddress(shown) },
    ]),
    title,
    csrf,
    what: html`<p><strong class="name"><bdi>${shown.workspace.name}</bdi></strong></p>${what(preview)}`,
    action: truthAddress(shown),
    back,
    fields: { ...typed, expected: String(shown.subscription?.version ?? 0) },
  });
};

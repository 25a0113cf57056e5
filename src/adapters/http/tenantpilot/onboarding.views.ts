import type { OnboardingView } from '../../../application/entitlements/workspaces/views.js';
import { LIFECYCLE_LABELS } from '../../../domain/entitlements/posture.js';
import { type Html, html } from '../kit/html.js';
import type { Problem } from '../pages/kit/form.js';
import { time } from '../pages/kit/format.js';
import type { PageParts } from '../pages/kit/layout.js';
import { gate } from './gated.js';
import type { Worker } from './guards.js';
import { aroundWorkspace, banner, confirmation, doneNotice, fact, posturePill, SOURCES } from './parts.js';
import { onboardingOf } from './places.js';

export type Onboarding = {
  readonly csrf: string;
  readonly member: Worker;
  readonly shown: OnboardingView;
  readonly done?: string | undefined;
  readonly problem?: Problem;
};

const DONE = { completed: 'The onboarding is complete.' };

const step = ({ draft, decision }: OnboardingView): Html => {
  if (draft.completed) return html`<p>It was completed at ${time(draft.completed.at)}.</p>`;
  if (decision.outcome === 'block') return html`<p>It cannot be completed while nothing new can be made.</p>`;
  return html`<p>Complete it when the workspace is set up for its people.</p>
<p><a class="button" href="${onboardingOf(draft.number)}/complete">Complete the onboarding</a></p>`;
};

export const onboardingView = ({ member, shown, done }: Onboarding): PageParts => {
  const { decision, draft } = shown;
  return {
    ...aroundWorkspace(member, 'onboarding'),
    title: `Onboarding of ${shown.workspace.name}`,
    main: html`<h1>Onboarding of <bdi>${shown.workspace.name}</bdi></h1>
${doneNotice(DONE, done)}${banner(decision)}
<section class="card" aria-labelledby="standing"><h2 id="standing">What the workspace may do</h2><dl class="facts">
${fact('Posture', posturePill(LIFECYCLE_LABELS[decision.state], decision.outcome))}
${decision.outcome === 'allow' && fact('It means', decision.explanation)}
${fact('It comes from', SOURCES[decision.source])}
${fact('Begun', time(draft.createdAt))}</dl></section>
<section class="card" aria-labelledby="end"><h2 id="end">${draft.completed ? 'Done' : 'The last step'}</h2>${step(shown)}</section>`,
  };
};

/** Shows what completing it would come to. */
export const completionView = ({ csrf, member, shown, problem }: Onboarding): PageParts => {
  const { draft, decision, workspace } = shown;
  const here = onboardingOf(draft.number);
  const title = 'Complete the onboarding';
  return confirmation({
    around: aroundWorkspace(member, 'onboarding', [{ name: title, href: `${here}/complete` }]),
    title,
    csrf,
    what: html`<p><strong class="name"><bdi>${workspace.name}</bdi></strong></p>
${
  draft.completed
    ? html`<p>It was completed at ${time(draft.completed.at)}. There is nothing to confirm.</p>`
    : html`<p>The onboarding goes from open to complete. That is for good.</p>${gate(decision)}`
}`,
    action: `${here}/complete`,
    back: here,
    possible: decision.outcome !== 'block' && draft.completed === undefined,
    problem,
  });
};

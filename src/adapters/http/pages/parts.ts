import { atLeast } from '../../../domain/shared/principal.js';
import { type Html, html } from '../kit/html.js';
import type { ProjectMember } from './guards.js';
import { csrfField, type PageParts, type Step } from './kit/layout.js';
import { storageOf } from './places.js';

/** The way to a project's storage. */
export const storageTrail = ({ account }: ProjectMember): readonly Step[] => [
  { name: 'Projects', href: '/app' },
  { name: account.name, href: storageOf(account.id) },
];

/** Only what somebody may do is shown to them. */
export const mayManage = ({ role }: ProjectMember): boolean => atLeast(role, 'admin');

/** The words by which several links of one name are told apart by those who hear them. */
export const about = (name: string): Html => html`<span class="hidden"> <bdi>${name}</bdi></span>`;

const MOODS: Readonly<Record<string, string>> = {
  active: 'good',
  verified: 'good',
  failed: 'bad',
  invalid: 'bad',
};

/** How something is; the colour says nothing that the word does not. */
export const pill = (status: string): Html =>
  html`<span class="pill ${MOODS[status] ?? 'open'}">${status}</span>`;

/** Asks once more before something is gone. It works without any script. */
export type Question = {
  readonly member: ProjectMember;
  readonly trail: readonly Step[];
  readonly title: string;
  readonly name: string;
  readonly warning: string;
  readonly action: string;
  readonly back: string;
};

export const confirmView = ({ member, trail, title, name, warning, action, back }: Question): PageParts => ({
  title,
  csrf: member.csrf,
  trail: [...trail, { name: title, href: action }],
  main: html`<h1>${title}</h1>
<div class="card"><p><strong class="name"><bdi>${name}</bdi></strong></p><p>${warning}</p>
<form method="post" action="${action}" class="row">${csrfField(member.csrf)}
<button class="danger">${title}</button> <a class="button quiet" href="${back}">Keep it</a></form></div>`,
});

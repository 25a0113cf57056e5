import { atLeast } from '../../../domain/shared/principal.js';
import { type Html, html } from '../kit/html.js';
import type { ProjectMember } from './guards.js';
import { csrfField, type PageParts, type Section, type Step } from './kit/layout.js';
import { billingOf, fileSystemsOf, storageOf, usageOf } from './places.js';

/** The way to a project's storage. */
export const storageTrail = ({ account }: ProjectMember): readonly Step[] => [
  { name: 'Projects', href: '/app' },
  { name: account.name, href: storageOf(account.id) },
];

const SECTIONS = [
  ['storage', 'Storage', storageOf, 'member'],
  ['file-systems', 'File systems', fileSystemsOf, 'member'],
  ['usage', 'Usage', usageOf, 'member'],
  ['billing', 'Billing', billingOf, 'owner'],
] as const;
export type SectionName = (typeof SECTIONS)[number][0];

/** The parts of a project that are somebody's to see, each a link away from every page of it. */
export const sectionsOf = (
  { account, role }: ProjectMember,
  here: SectionName,
  current: Section['current'] = 'page',
): readonly Section[] =>
  SECTIONS.filter(([, , , needed]) => atLeast(role, needed)).map(([key, name, addressOf]) => ({
    name,
    href: addressOf(account.id),
    current: key === here ? current : undefined,
  }));

/** Only what somebody may do is shown to them. */
export const mayManage = ({ role }: ProjectMember): boolean => atLeast(role, 'admin');

/** The words by which several links of one name are told apart by those who hear them. */
export const about = (name: string): Html => html`<span class="hidden"> <bdi>${name}</bdi></span>`;

const MOODS: Readonly<Record<string, string>> = {
  active: 'good',
  verified: 'good',
  running: 'good',
  paid: 'good',
  failed: 'bad',
  invalid: 'bad',
  past_due: 'bad',
  on_hold: 'bad',
  uncollectible: 'bad',
};

/** How something is; the colour says nothing that the word does not. */
export const pill = (status: string): Html =>
  html`<span class="pill ${MOODS[status] ?? 'open'}">${status.replaceAll('_', ' ')}</span>`;

/** Asks once more before something is gone. It works without any script. */
export type Question = {
  readonly member: ProjectMember;
  /** Absent: it is about storage. */
  readonly section?: SectionName;
  readonly trail: readonly Step[];
  readonly title: string;
  readonly name: string;
  readonly warning: string;
  readonly action: string;
  readonly back: string;
};

export const confirmView = (question: Question): PageParts => ({
  title: question.title,
  csrf: question.member.csrf,
  sections: sectionsOf(question.member, question.section ?? 'storage', 'true'),
  trail: [...question.trail, { name: question.title, href: question.action }],
  main: asked(question),
});

const asked = ({ member, title, name, warning, action, back }: Question): Html =>
  html`<h1>${title}</h1>
<div class="card"><p><strong class="name"><bdi>${name}</bdi></strong></p><p>${warning}</p>
<form method="post" action="${action}" class="row">${csrfField(member.csrf)}
<button class="danger">${title}</button> <a class="button quiet" href="${back}">Keep it</a></form></div>`;

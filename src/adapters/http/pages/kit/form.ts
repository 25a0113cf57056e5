import { errAsync, type ResultAsync } from 'neverthrow';
import { type Html, html } from '../../kit/html.js';
import type { Leading } from './layout.js';

/** What is wrong with a form, in the words of whoever filled it in; `field` when it is about one of its fields. */
export type Problem = { readonly field?: string | undefined; readonly message: string };

/** A field that cannot be what it is, found before any use case was asked. */
export type InvalidField = {
  readonly kind: 'invalid_field';
  readonly field: string;
  readonly reason: string;
};
export const invalidField = (field: string, reason: string): InvalidField => ({
  kind: 'invalid_field',
  field,
  reason,
});

/** The page that is shown with a refusal: the form again, with all that was typed. */
export type Again = Leading & { readonly again: Html };

// The form would be no help with these.
const ELSEWHERE = ['forged', 'not_found', 'unavailable'];

/** Gives a refusal the form to show it in. When that cannot be made either, its own failure is the answer. */
export const inForm = <T, E extends { readonly kind: string }, F extends { readonly kind: string }>(
  result: ResultAsync<T, E>,
  form: (failure: E) => ResultAsync<Html, F>,
  leading: Leading = {},
): ResultAsync<T, E | F | (E & Again)> =>
  result.orElse((failure) =>
    ELSEWHERE.includes(failure.kind)
      ? errAsync<T, E | F | (E & Again)>(failure)
      : form(failure).andThen((again) => errAsync<T, E | F | (E & Again)>({ ...failure, ...leading, again })),
  );

/** Says at the top of the page what is wrong, with a link to the field. Screen readers begin with it. */
export const summary = (problem: Problem | undefined): Html | undefined =>
  problem &&
  html`<div class="alert" role="alert" tabindex="-1"><h2>There is a problem</h2><p>${
    problem.field === undefined ? problem.message : html`<a href="#${problem.field}">${problem.message}</a>`
  }</p></div>`;

/** What went well, said once. */
export const notice = (message: string | undefined): Html | undefined =>
  message === undefined ? undefined : html`<div class="notice" role="status"><p>${message}</p></div>`;

export type FieldParts = {
  readonly name: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly problem?: Problem | undefined;
};

const wrongIn = ({ name, problem }: FieldParts): string | undefined =>
  problem?.field === name ? problem.message : undefined;

/** The attributes that tie a control to its label, its hint and its error. */
const tied = (parts: FieldParts): Html => {
  const wrong = wrongIn(parts);
  const described = [parts.hint && `${parts.name}-hint`, wrong && `${parts.name}-wrong`].filter(Boolean);
  return html` id="${parts.name}" name="${parts.name}"${
    described.length > 0 && html` aria-describedby="${described.join(' ')}"`
  }${wrong !== undefined && html` aria-invalid="true"`}`;
};

const around = (parts: FieldParts, control: Html): Html => {
  const { name, label, hint } = parts;
  const wrong = wrongIn(parts);
  return html`<div class="field"><label for="${name}">${label}</label>${
    hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`
  }${control}${wrong !== undefined && html`<p class="wrong" id="${name}-wrong">${wrong}</p>`}</div>`;
};

/** `attributes` is markup of ours: `html\` required\``. */
export const input = (
  parts: FieldParts & {
    readonly type?: string;
    readonly value?: string | undefined;
    readonly attributes?: Html;
  },
): Html =>
  around(
    parts,
    html`<input type="${parts.type ?? 'text'}"${tied(parts)}${
      parts.value !== undefined && html` value="${parts.value}"`
    }${parts.attributes}>`,
  );

/** What may be chosen; `label` where people read something else than what is sent. */
export type Option = { readonly value: string; readonly label?: string };

export const select = (
  parts: FieldParts & { readonly options: readonly Option[]; readonly value?: string | undefined },
): Html =>
  around(
    parts,
    html`<select${tied(parts)}>${parts.options.map(
      ({ value, label = value }) =>
        html`<option value="${value}"${value === parts.value && html` selected`}>${label}</option>`,
    )}</select>`,
  );

/** Sends `true` when it is ticked, and nothing otherwise. */
export const checkbox = (parts: FieldParts & { readonly checked?: boolean | undefined }): Html => {
  const { name, label, hint } = parts;
  return html`<div class="field tick"><input type="checkbox" value="true"${tied(parts)}${
    parts.checked === true && html` checked`
  }><label for="${name}">${label}</label>${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}</div>`;
};

/** Never shows what was typed into it before. */
export const textarea = (parts: FieldParts & { readonly attributes?: Html }): Html =>
  around(parts, html`<textarea${tied(parts)}${parts.attributes}></textarea>`);

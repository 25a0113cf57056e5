import { expect } from 'vitest';
import type { TestApp } from '../../support/app.js';
import { freshEmail, PASSWORD } from '../../support/client.js';

export type Page = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where a 303 leads. */
  readonly location: string | undefined;
  readonly bytes: Buffer;
};
export type Fields = Readonly<Record<string, string>>;
export type Form = { readonly action: string; readonly multipart: boolean; readonly fields: Fields };
type Headers_ = Readonly<Record<string, string | undefined>>;

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#13;': '\r',
};
export const unescaped = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39|#13);/g, (entity) => ENTITIES[entity] ?? entity);

const attribute = (tag: string, name: string): string | undefined => {
  const [, value] = new RegExp(`\\b${name}="([^"]*)"`).exec(tag) ?? [];
  return value === undefined ? undefined : unescaped(value);
};

/** The forms of a page, with what stands in their fields. */
export const formsOf = (page: Page): readonly Form[] =>
  [...page.text.matchAll(/(<form[^>]*>)(.*?)<\/form>/gs)].map(([, tag = '', inner = '']) => ({
    action: attribute(tag, 'action') ?? '',
    multipart: tag.includes('enctype="multipart/form-data"'),
    fields: Object.fromEntries(
      [...inner.matchAll(/<(?:input|select|textarea)[^>]*>/g)]
        .map(([input]) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? ''] as const)
        .filter(([name]) => name !== ''),
    ),
  }));

/** The form that goes to an address of this kind. */
export const formTo = (page: Page, action: RegExp): Form => {
  const form = formsOf(page).find((found) => action.test(found.action));
  if (!form) throw new Error(`no form to ${action} on: ${page.text}`);
  return form;
};

/** The addresses that a page leads to. */
export const linksOf = (page: Page): readonly string[] =>
  [...page.text.matchAll(/<a[^>]*>/g)].map(([tag]) => attribute(tag, 'href') ?? '');
export const linkTo = (page: Page, href: RegExp): string => {
  const link = linksOf(page).find((found) => href.test(found));
  if (link === undefined) throw new Error(`no link to ${href} on: ${page.text}`);
  return link;
};

/** A browser without scripts: it keeps cookies, follows links and sends forms as they are. */
export const surfer = (app: Pick<TestApp, 'url'>, jar = new Map<string, string>()) => {
  const cookie = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const keep = (headers: Headers): void => {
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0\b/.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
  };
  const ask = async (method: string, path: string, headers: Headers_, body?: unknown): Promise<Page> => {
    const given = Object.entries({ cookie: cookie(), ...headers }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
    );
    const answer = await fetch(app.url + path, {
      method,
      redirect: 'manual',
      headers: Object.fromEntries(given),
      ...(body !== undefined && { body: body as never, duplex: 'half' }),
    } as RequestInit);
    keep(answer.headers);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const location = answer.headers.get('location') ?? undefined;
    return { status: answer.status, headers: answer.headers, text: bytes.toString(), bytes, location };
  };
  const get = (path: string, headers: Headers_ = {}) => ask('GET', path, headers);
  const OURS = { origin: app.url, 'sec-fetch-site': 'same-origin' };
  const post = (path: string, body: Fields | FormData | unknown, headers: Headers_ = {}) =>
    ask(
      'POST',
      path,
      { ...OURS, ...headers },
      body instanceof FormData || typeof body === 'string' || body instanceof ReadableStream
        ? body
        : new URLSearchParams(body as Record<string, string>),
    );
  /** Follows a 303, as a browser does. */
  const follow = async (page: Page): Promise<Page> => {
    expect([page.status, page.text]).toEqual([303, expect.anything()]);
    return get(page.location ?? '');
  };
  const submit = (form: Form, typed: Fields = {}): Promise<Page> =>
    post(form.action, { ...form.fields, ...typed });
  /** Sends the form of a folder page with files in it. */
  const upload = async (page: Page, files: readonly File[], folder = ''): Promise<Page> => {
    const form = formsOf(page).find(({ multipart }) => multipart);
    if (!form) throw new Error('the page takes no files');
    const data = new FormData();
    data.append('csrf', form.fields['csrf'] ?? '');
    data.append('folder', folder);
    for (const file of files) data.append('file', file, file.name);
    return post(form.action, data);
  };
  return { get, post, follow, submit, upload, jar };
};
export type Surfer = ReturnType<typeof surfer>;

export type Resident = Surfer & { readonly email: string };

/** Somebody who has signed up through the pages. */
export const resident = async (app: Pick<TestApp, 'url'>, email = freshEmail()): Promise<Resident> => {
  const surf = surfer(app);
  const form = formTo(await surf.get('/sign-up'), /^\/sign-up$/);
  const answer = await surf.submit(form, { email, password: PASSWORD });
  expect([answer.status, answer.location]).toEqual([303, '/app']);
  return { ...surf, email };
};

/** Somebody who has an account, signing in through the pages. */
export const signedIn = async (app: Pick<TestApp, 'url'>, email: string): Promise<Resident> => {
  const surf = surfer(app);
  const form = formTo(await surf.get('/sign-in'), /^\/sign-in$/);
  expect((await surf.submit(form, { email, password: PASSWORD })).status).toBe(303);
  return { ...surf, email };
};

/** The token that a session's forms carry. */
export const csrfOf = async (surf: Surfer): Promise<string> =>
  formTo(await surf.get('/app'), /^\/app$/).fields['csrf'] ?? '';

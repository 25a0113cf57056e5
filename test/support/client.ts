import { expect } from 'vitest';
import type { TestApp } from './app.js';

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  readonly body: any;
};
export type Call = {
  readonly token?: string | undefined;
  readonly json?: unknown;
  readonly bytes?: string | Uint8Array | ReadableStream;
  readonly headers?: Readonly<Record<string, string>>;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** A client of one server: `call('POST /v1/projects', { token, json })`. */
export const clientOf = (app: Pick<TestApp, 'url'>) => {
  return async (at: string, { token, json, bytes, headers }: Call = {}): Promise<Answer> => {
    const space = at.indexOf(' ');
    const response = await fetch(app.url + at.slice(space + 1), {
      method: at.slice(0, space),
      redirect: 'manual',
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(bytes !== undefined && { body: bytes as never, duplex: 'half' }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
};
export type Client = ReturnType<typeof clientOf>;

let people = 0;
export const freshEmail = (): string => {
  people += 1;
  return `person-${people}@example.com`;
};
export const PASSWORD = 'correct horse battery';

export type Person = { readonly id: string; readonly email: string; readonly token: string };

/** Somebody who has registered and signed in. */
export const person = async (call: Client, email = freshEmail()): Promise<Person> => {
  const registered = await call('POST /v1/auth/register', { json: { email, password: PASSWORD } });
  expect(registered.status).toBe(201);
  return { id: registered.body.id, email, token: await signIn(call, email) };
};

export const signIn = async (call: Client, email: string, password = PASSWORD): Promise<string> => {
  const answer = await call('POST /v1/auth/login', { json: { email, password } });
  expect(answer.status).toBe(200);
  return answer.body.access_token;
};

/** The code in the newest letter to an address. */
export const codeFor = async (app: TestApp, email: string, subject: RegExp): Promise<string> => {
  await app.drain();
  const letter = app.email
    .sent()
    .filter((message) => message.to === email && subject.test(message.subject))
    .at(-1);
  const code = letter?.text.split('\n').find((line) => /^[A-Za-z0-9_-]{40,}$/.test(line));
  if (!code) throw new Error(`no letter to ${email} has a code`);
  return code;
};

export type World = {
  readonly owner: Person;
  readonly admin: Person;
  readonly member: Person;
  readonly stranger: Person;
  readonly projectId: string;
  readonly bucketId: string;
  /** An API key of the owner's without any scope. */
  readonly key: string;
};

export const join = async (
  app: TestApp,
  call: Client,
  projectId: string,
  owner: Person,
  role: string,
): Promise<Person> => {
  const who = await person(call);
  const json = { email: who.email, role };
  const invited = await call(`POST /v1/projects/${projectId}/memberships`, { token: owner.token, json });
  expect(invited.status).toBe(201);
  const token = await codeFor(app, who.email, /invited/);
  const joined = await call('POST /v1/invitations:accept', { token: who.token, json: { token } });
  expect(joined.status).toBe(200);
  return who;
};

/** A project with an owner, an admin and a member, a bucket with one object `a/file.txt`, and a stranger. */
export const world = async (app: TestApp, call: Client): Promise<World> => {
  const owner = await person(call);
  const { token } = owner;
  const projectId: string = (await call('POST /v1/projects', { token, json: { name: 'Project' } })).body.id;
  const json = { name: 'files', region: 'local' };
  const bucket = await call(`POST /v1/projects/${projectId}/buckets`, { token, json });
  expect(bucket.status).toBe(201);
  const bucketId: string = bucket.body.id;
  const put = await call(`PUT /v1/buckets/${bucketId}/objects?key=a/file.txt`, { token, bytes: 'hello' });
  expect(put.status).toBe(204);
  const key = (await call('POST /v1/api-keys', { token, json: { name: 'plain' } })).body.key as string;
  return {
    owner,
    admin: await join(app, call, projectId, owner, 'admin'),
    member: await join(app, call, projectId, owner, 'member'),
    stranger: await person(call),
    projectId,
    bucketId,
    key,
  };
};

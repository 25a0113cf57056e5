import { expect } from 'vitest';
import { STRANGER, type TestApp } from './app.js';

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

/** An event stream goes on for ever: its first event says enough of it. */
const firstEvent = async (response: Response): Promise<string> => {
  let heard = '';
  for await (const chunk of response.body ?? []) {
    heard += Buffer.from(chunk).toString('utf8');
    if (/^data: .*\n\n/m.test(heard)) break;
  }
  return heard;
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
    const streams = response.headers.get('content-type')?.startsWith('text/event-stream');
    const text = streams ? await firstEvent(response) : await response.text();
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
  readonly connectionId: string;
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

export type ConnectionJson = {
  readonly provider: string;
  readonly uri: string;
  readonly region: string;
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly s3_spec: { readonly endpoint: string };
};

/** What createConnection takes for a bucket of an S3-compatible store. */
export const connectionJson = (bucketName: string, over: Partial<ConnectionJson> = {}): ConnectionJson => ({
  provider: 's3compat',
  uri: `s3://${bucketName}/photos`,
  region: 'somewhere-1',
  access_key_id: 'AKIAIOSFODNN7EXAMPLE',
  secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  s3_spec: { endpoint: STRANGER },
  ...over,
});

/** A connection to a bucket that is there, with keys that may do everything. */
export const connected = async (
  { strangers }: Pick<TestApp, 'strangers'>,
  call: Client,
  projectId: string,
  token: string,
  json: ConnectionJson,
): Promise<string> => {
  const [bucketName = ''] = json.uri.slice('s3://'.length).split('/');
  strangers.s3.admit({ id: json.access_key_id, secret: json.secret_access_key });
  expect((await strangers.s3.objects.createBucket(bucketName)).isOk()).toBe(true);
  const made = await call(`POST /v1/projects/${projectId}/connections`, { token, json });
  expect([made.status, made.text]).toEqual([201, made.text]);
  return made.body.id;
};

/**
 * A project with an owner, an admin and a member, a bucket and a connection with one object `a/file.txt` each,
 * and a stranger.
 */
export const world = async (app: TestApp, call: Client, jail = '/photos'): Promise<World> => {
  const owner = await person(call);
  const { token } = owner;
  const projectId: string = (await call('POST /v1/projects', { token, json: { name: 'Project' } })).body.id;
  const json = { name: 'files', region: 'local' };
  const bucket = await call(`POST /v1/projects/${projectId}/buckets`, { token, json });
  expect(bucket.status).toBe(201);
  const bucketId: string = bucket.body.id;
  const put = await call(`PUT /v1/buckets/${bucketId}/objects?key=a/file.txt`, { token, bytes: 'hello' });
  expect(put.status).toBe(204);
  const connectionId = await connected(
    app,
    call,
    projectId,
    token,
    connectionJson(`their-${projectId}`, { uri: `s3://their-${projectId}${jail}` }),
  );
  const sent = await call(`PUT /v1/connections/${connectionId}/objects?key=a/file.txt`, {
    token,
    bytes: 'hello',
  });
  expect(sent.status).toBe(204);
  const key = (await call('POST /v1/api-keys', { token, json: { name: 'plain' } })).body.key as string;
  return {
    owner,
    admin: await join(app, call, projectId, owner, 'admin'),
    member: await join(app, call, projectId, owner, 'member'),
    stranger: await person(call),
    projectId,
    bucketId,
    connectionId,
    key,
  };
};

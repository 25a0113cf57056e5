import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Answer, Client, Person } from '../../support/client.js';
import type { Received } from '../../support/smtp-sink.js';
import { type Answered, contentOf, type Deed, type Model } from './history.js';

/** A letter that a killed worker had in hand comes when its lease is over. */
const LETTER_WITHIN_MS = 60_000;

/** One project as its owner and guests know it, reached through either process. */
export type Site = {
  readonly letters: readonly Received[];
  readonly calls: readonly Client[];
  readonly owner: Person;
  readonly guests: readonly Person[];
  readonly project: string;
  readonly model: Model;
};

const used = new Set<string>();
/** The code in a letter that has come and was not answered yet. */
export const codeSentTo = async (letters: readonly Received[], email: string): Promise<string> => {
  for (const deadline = Date.now() + LETTER_WITHIN_MS; Date.now() < deadline; await pause(50))
    for (const { text } of letters.filter((one) => one.to === email && /invited/.test(one.subject))) {
      const code = /^[\w-]{40,}$/m.exec(text)?.[0] ?? '';
      if (code !== '' && !used.has(code)) {
        used.add(code);
        return code;
      }
    }
  throw new Error(`no letter has come to ${email}`);
};

let keys = 0;
/**
 * Asks both processes for the same bucket with one Idempotency-Key: it is made once, whoever was first. While
 * a bucket of that name is on its way out, one may find the name taken and the other not any more.
 */
const createTwice = async (
  { calls, owner, project }: Site,
  name: string,
  isFading: boolean,
): Promise<Answer> => {
  keys += 1;
  const asked = {
    token: owner.token,
    json: { name, region: 'local' },
    headers: { 'idempotency-key': `bucket-${keys}` },
  };
  const answers = await Promise.all(calls.map((call) => call(`POST /v1/projects/${project}/buckets`, asked)));
  const made = answers.filter(({ status }) => status === 201);
  expect(new Set(made.map(({ body }) => body.id)).size).toBeLessThanOrEqual(1);
  const [first] = [...made, ...answers];
  if (!first) throw new Error('nobody answered');
  for (const { status, body } of answers.filter((answer) => answer.status !== first.status))
    expect([
      [409, 'idempotency_in_progress'],
      ...(isFading ? [[409, 'bucket_name_taken']] : []),
    ]).toContainEqual([status, body.error.code]);
  return first;
};

const join = async (site: Site, call: Client, { guest, role }: { guest: number; role: string }) => {
  const { owner, guests, project } = site;
  const who = guests[guest];
  if (!who) throw new Error('no such guest');
  const json = { email: who.email, role };
  const invited = await call(`POST /v1/projects/${project}/memberships`, { token: owner.token, json });
  if (invited.status !== 201) return invited;
  const token = await codeSentTo(site.letters, who.email);
  const joined = await call('POST /v1/invitations:accept', { token: who.token, json: { token } });
  expect([joined.status, joined.text]).toEqual([200, joined.text]);
  return invited;
};

const isFading = ({ model }: Site, name: string, round: readonly Deed[]): boolean =>
  model.fading.has(name) ||
  round.some(({ kind, ...deed }) => kind === 'drop' && 'bucket' in deed && deed.bucket === name);

const ask = (site: Site, call: Client, deed: Deed, round: readonly Deed[]): Promise<Answer> | undefined => {
  const { owner, project, model } = site;
  const { token } = owner;
  const objects = (name: string, key: string): string | undefined => {
    const id = model.buckets.get(name)?.id;
    return id && `/v1/buckets/${id}/objects?key=${encodeURIComponent(key)}`;
  };
  const member = (guest: number): string | undefined => {
    const id = model.members.get(guest)?.id;
    return id && `/v1/projects/${project}/memberships/${id}`;
  };
  switch (deed.kind) {
    case 'put': {
      const at = objects(deed.bucket, deed.key);
      return at ? call(`PUT ${at}`, { token, bytes: contentOf(deed.n) }) : undefined;
    }
    case 'erase': {
      const at = objects(deed.bucket, deed.key);
      return at ? call(`DELETE ${at}`, { token }) : undefined;
    }
    case 'create':
      return createTwice(site, deed.bucket, isFading(site, deed.bucket, round));
    case 'drop': {
      const id = model.buckets.get(deed.bucket)?.id;
      return id ? call(`DELETE /v1/buckets/${id}`, { token }) : undefined;
    }
    case 'join':
      return join(site, call, deed);
    case 'change': {
      const at = member(deed.guest);
      return at ? call(`PATCH ${at}`, { token, json: { role: deed.role } }) : undefined;
    }
    case 'leave': {
      const at = member(deed.guest);
      return at ? call(`DELETE ${at}`, { token }) : undefined;
    }
  }
};

/** All of a round at the same moment. */
export const play = async (site: Site, round: readonly Deed[]): Promise<readonly Answered[]> => {
  const answers = await Promise.all(
    round.map(async (deed): Promise<Answered | undefined> => {
      const call = site.calls[deed.via];
      const answer = call && (await ask(site, call, deed, round));
      return answer && { deed, status: answer.status, id: answer.body?.id };
    }),
  );
  return answers.filter((answered) => answered !== undefined);
};

import { errAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import { type Answer, type Call, clientOf, type Person, world } from '../../support/client.js';
import { CLIENT_EMAIL, keyFile, PRIVATE_KEY } from '../../support/gcp-key-file.js';
import { changedStore } from './containers.js';
import type { Open } from './rig.js';

const S3_SECRET = 'a+Very/Secret+Access/Key+0123456789abcdef';
/** Every form in which a secret could come to light: whole, by its lines, escaped as in JSON, in base64. */
const literals = [S3_SECRET, PRIVATE_KEY, keyFile()].flatMap((secret) => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('base64url'),
  Buffer.from(secret).toString('hex'),
]);
const lines = PRIVATE_KEY.split('\n').filter((line) => line.length > 16 && !line.startsWith('-----'));
const secrets = [...literals, ...lines, ...lines.map((line) => Buffer.from(line).toString('base64'))];

const REQUESTS = {
  s3compat: {
    provider: 's3compat',
    uri: 's3://theirs/p',
    region: 'somewhere-1',
    access_key_id: 'AKIAIOSFODNN7EXAMPLE',
    secret_access_key: S3_SECRET,
    s3_spec: { endpoint: 'https://s3.example.com', secret_access_key: S3_SECRET },
  },
  gcp: {
    provider: 'gcp',
    uri: 'gs://theirs/p',
    region: 'europe-west1',
    access_key_id: CLIENT_EMAIL,
    secret_access_key: PRIVATE_KEY,
    gcp_spec: { service_account_json: keyFile() },
  },
} as const;

/** What a store may do to us; each time it says aloud what it was opened with. */
const moodsOf = (secret: string): Readonly<Record<string, Partial<ObjectStore>>> => {
  const said = `the store knows ${secret}, and that is ${secret}`;
  const unavailable = { kind: 'unavailable', dependency: 'test' } as const;
  return {
    willing: {},
    denying: everywhere(() => errAsync({ kind: 'store_denied', reason: said })),
    away: everywhere(() => errAsync({ ...unavailable, cause: new Error(said) })),
    silent: everywhere(() => errAsync({ ...unavailable, cause: { config: said } })),
  };
};

function everywhere(failing: () => unknown): Partial<ObjectStore> {
  const names = ['put', 'get', 'head', 'list', 'deleteMany'] as const;
  return Object.fromEntries(names.map((name) => [name, failing])) as Partial<ObjectStore>;
}

/** The whole life of a connection, after which nobody has read a secret anywhere. */
export const connectionsSecretsScenarios = (open: Open, answered: Set<string>) => {
  it.each(['s3compat', 'gcp'] as const)(
    'are nowhere to be read in the life of one of %s',
    async (provider) => {
      const moods = moodsOf(REQUESTS[provider].secret_access_key);
      let mood = 'willing';
      const app = await open({ override: changedStore('connections', () => moods[mood] ?? {}) });
      const call = clientOf(app);
      const there = await world(app, call, '/q');
      const store = app.strangers[provider === 'gcp' ? 'gcp' : 's3'];
      store.admit({ id: REQUESTS[provider].access_key_id, secret: REQUESTS[provider].secret_access_key });
      expect((await store.objects.createBucket('theirs')).isOk()).toBe(true);
      const answers: Answer[] = [];
      const ask = async (at: string, { token }: Person, more: Omit<Call, 'token'> = {}) => {
        const answer = await call(at, { token, ...more });
        answers.push(answer);
        return answer;
      };
      const { admin, member, projectId } = there;
      const json = REQUESTS[provider];
      const connections = `/v1/projects/${projectId}/connections`;
      const headers = { 'idempotency-key': 'the-only-one' };
      const { id } = (await ask(`POST ${connections}`, admin, { json, headers })).body;
      expect((await ask(`POST ${connections}`, admin, { json, headers })).body.id).toBe(id);
      for (const over of [
        { region: '?' },
        { uri: 'x' },
        { s3_spec: 7 },
        { secret_access_key: `${S3_SECRET} ` },
      ])
        expect((await ask(`POST ${connections}`, admin, { json: { ...json, ...over } })).status).toBe(400);
      const broken = JSON.stringify(json).slice(0, -1);
      const asJson = { 'content-type': 'application/json' };
      expect((await ask(`POST ${connections}`, admin, { bytes: broken, headers: asJson })).status).toBe(400);

      for (mood of Object.keys(moods)) {
        for (const who of [admin, member]) {
          await ask(`GET ${connections}`, who);
          await ask(`GET /v1/connections/${id}`, who);
        }
        expect((await ask(`POST /v1/connections/${id}:verify`, admin)).status).toBe(200);
        const objects = `/v1/connections/${id}/objects`;
        await ask(`PUT ${objects}?key=d/k`, member, { bytes: 'x' });
        for (const at of [
          `GET ${objects}`,
          `GET ${objects}/download?key=d/k`,
          `GET ${objects}/download?key=d&recursive=true`,
          `DELETE ${objects}?key=d/k`,
          `DELETE ${objects}?key=d&recursive=true`,
        ])
          await ask(at, member);
        expect(readable(await app.everyRow())).toEqual([]);
        app.clock.advance(120_000);
        await app.drain();
      }
      expect((await ask(`DELETE /v1/connections/${id}`, admin)).status).toBe(204);
      await app.drain();

      const told = answers.map(({ text, headers: sent }) => [text, ...sent].join('\n')).join('\n');
      expect(answers.length).toBeGreaterThan(40);
      for (const text of [told, JSON.stringify(app.said, readingErrors), await app.everyRow()])
        expect(readable(text)).toEqual([]);
      expect(told).toContain('[secret]');
      for (const line of app.answered) answered.add(line);
      await app.close();
    },
  );
};

const readable = (text: string): readonly string[] => secrets.filter((secret) => text.includes(secret));

const readingErrors = (_name: string, value: unknown): unknown =>
  value instanceof Error
    ? { ...value, message: value.message, stack: value.stack, cause: value.cause }
    : value;

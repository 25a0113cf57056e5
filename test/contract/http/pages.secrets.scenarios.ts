import { expect, it } from 'vitest';
import { clientOf, world } from '../../support/client.js';
import { keyFile, PRIVATE_KEY } from '../../support/gcp-key-file.js';
import {
  moodsOf,
  REQUESTS,
  readable,
  S3_SECRET,
  type SecretProvider,
  saidText,
  theirBucket,
  toldText,
} from './connections-secrets.rig.js';
import { changedStore } from './containers.js';
import { filesForm, type Open, RANDOM_ID } from './pages.rig.js';
import { csrfOf, type Fields, formTo, type Page, type Resident, signedIn } from './pages.surfer.js';

const { uri, region, access_key_id, s3_spec } = REQUESTS.s3compat;
/** What is typed into the form of a connection, and what is typed wrongly: each time with the secret. */
const FORMS: Readonly<
  Record<SecretProvider, { readonly right: Fields; readonly wrong: readonly (readonly [number, Fields])[] }>
> = {
  s3compat: {
    right: { uri, region, access_key_id, secret_access_key: S3_SECRET, endpoint: s3_spec.endpoint },
    wrong: [
      [400, { endpoint: 'nowhere' }],
      [400, { access_key_id: '' }],
      [400, { secret_access_key: `${S3_SECRET} ${S3_SECRET}` }],
      [400, { secret_access_key: S3_SECRET.repeat(60) }],
    ],
  },
  gcp: {
    right: {
      uri: REQUESTS.gcp.uri,
      region: REQUESTS.gcp.region,
      service_account_json: keyFile(),
    },
    wrong: [
      [400, { service_account_json: keyFile().slice(0, -1) }],
      [400, { service_account_json: PRIVATE_KEY }],
      [400, { service_account_json: keyFile({ type: 'authorized_user' }) }],
      [400, { service_account_json: keyFile().repeat(10) }],
    ],
  },
};
const WRONG_ANYWHERE = [
  [400, { region: '?' }],
  [400, { uri: 'x' }],
  [403, { csrf: 'forged' }],
] as const;

/** Somebody of whom every page is kept that they were shown. */
const watched = (surf: Resident, kept: Page[]) => {
  const keeping =
    <Given extends unknown[]>(go: (...given: Given) => Promise<Page>) =>
    async (...given: Given): Promise<Page> => {
      const shown = await go(...given);
      kept.push(shown);
      return shown;
    };
  const { get, post, follow, submit } = surf;
  return { get: keeping(get), post: keeping(post), follow: keeping(follow), submit: keeping(submit) };
};
type Watched = ReturnType<typeof watched>;

const lookAround = async ({ get }: Watched, storage: string, at: string): Promise<void> => {
  for (const address of [
    storage,
    at,
    `${at}?prefix=d`,
    `${at}?after=nonsense`,
    `${at}/download?key=d/k`,
    `${at}/download?key=d&recursive=true`,
    `${at}/delete?key=d/k`,
    `${at}/remove`,
    `${at}/verify?result=nonsense`,
  ])
    await get(address);
};

/** The life of a connection as people see it, after which nobody has read a secret anywhere. */
export const secretsScenarios = (open: Open, answered: Set<string>) => {
  it.each(['s3compat', 'gcp'] as const)('show none about one of %s, whatever happens', async (provider) => {
    const moods = moodsOf(provider);
    let mood = 'willing';
    const app = await open({ override: changedStore('connections', (store) => moods[mood]?.(store) ?? {}) });
    const here = await world(app, clientOf(app));
    await theirBucket(app, provider);
    const kept: Page[] = [];
    const people = await Promise.all(
      [here.admin, here.member].map(async ({ email }) => {
        const surf = await signedIn(app, email);
        return { ...watched(surf, kept), csrf: await csrfOf(surf) };
      }),
    );
    const [admin] = people as [(typeof people)[number]];
    const storage = `/app/projects/${here.projectId}/storage`;
    const { right, wrong } = FORMS[provider];
    const form = formTo(
      await admin.get(`${storage}/connections/new?provider=${provider}`),
      /connections\/new/,
    );
    for (const [status, typed] of [...wrong, ...WRONG_ANYWHERE]) {
      const answer = await admin.submit(form, { ...right, ...typed });
      expect([typed, answer.status]).toEqual([typed, status]);
    }
    const made = await admin.follow(await admin.submit(form, right));
    const row = made.text.slice(made.text.indexOf(REQUESTS[provider].uri));
    const [, id = ''] = /\/storage\/c\/([0-9a-f-]{36})\/verify/.exec(row) ?? [];
    const at = `${storage}/c/${id}`;
    expect((await admin.get(`${storage}/c/${RANDOM_ID}`)).status).toBe(404);

    for (mood of Object.keys(moods)) {
      for (const person of people) {
        const { csrf, post } = person;
        await post(at, filesForm(csrf, [new File(['x'], 'k')], { folder: 'd' }));
        await lookAround(person, storage, at);
        await post(`${at}/delete?key=d/k`, { csrf });
        await post(`${at}/delete?key=d&recursive=true`, { csrf });
      }
      const report = await admin.follow(await admin.post(`${at}/verify`, { csrf: admin.csrf }));
      expect(report.text).toContain(mood === 'willing' ? 'All of it works.' : 'Not all of it works.');
      expect(readable(await app.everyRow())).toEqual([]);
      app.clock.advance(120_000);
      await app.drain();
    }
    const gone = await admin.follow(await admin.post(`${at}/remove`, { csrf: admin.csrf }));
    expect(gone.text).toContain('The connection is forgotten.');
    await app.drain();

    const told = kept.map(toldText).join('\n');
    for (const text of [told, saidText(app.said), await app.everyRow()]) expect(readable(text)).toEqual([]);
    expect(new Set(kept.map(({ status }) => status))).toEqual(new Set([200, 303, 400, 403, 404, 502, 503]));
    expect(told).toContain('The store does not allow this: the store knows [secret]');
    for (const line of app.answered) answered.add(line);
    await app.close();
  });
};

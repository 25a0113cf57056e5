import { generateKeyPairSync } from 'node:crypto';
import { errAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import { contexts } from '../../../src/composition/tokens.js';
import { rebind } from '../../support/app.js';
import { clientOf, connectionJson } from '../../support/client.js';
import { addressOf, allPages, type Open, onStage, RANDOM_ID, type Stage } from './pages.rig.js';
import { formsOf, formTo, linksOf, linkTo, resident } from './pages.surfer.js';

export const storageScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const storage = () => `/app/projects/${on.here.projectId}/storage`;

  it('create a project by a form, and show its storage', async () => {
    const somebody = await resident(on.app);
    const form = formTo(await somebody.get('/app'), /^\/app$/);
    const made = await somebody.follow(await somebody.submit(form, { name: ' <b>"Project"</b> & co ' }));
    expect(made.text).toContain(
      '<h1>Storage of <bdi>&lt;b&gt;&quot;Project&quot;&lt;/b&gt; &amp; co</bdi></h1>',
    );
    expect(made.text).not.toContain('<b>');
    const projects = await somebody.get('/app');
    expect(linkTo(projects, /storage$/)).toMatch(/^\/app\/projects\/[0-9a-f-]{36}\/storage$/);
    for (const name of ['', '   ', 'x'.repeat(201)]) {
      const answer = await somebody.submit(form, { name });
      expect([answer.status, formTo(answer, /^\/app$/).fields['name']]).toEqual([400, name.trim()]);
      expect(answer.text).toContain('at most 200 characters');
    }
  });

  it('show many projects page by page', async () => {
    const somebody = await resident(on.app);
    const form = formTo(await somebody.get('/app'), /^\/app$/);
    for (const name of ['one', 'two', 'three']) await somebody.submit(form, { name });
    const first = await somebody.get('/app?page_size=2');
    const second = await somebody.get(linkTo(first, /page_token=/));
    const named = [...`${first.text}${second.text}`.matchAll(/<bdi>(one|two|three)<\/bdi>/g)];
    expect(new Set(named.map(([, name]) => name))).toEqual(new Set(['one', 'two', 'three']));
    expect(linksOf(second).filter((link) => link.includes('page_token'))).toEqual([]);
    expect((await somebody.get('/app?page_token=nonsense')).status).toBe(400);
    expect((await on.owner.get(`${storage()}?page_token=nonsense`)).status).toBe(400);
    expect((await on.owner.get(`${storage()}?connections_token=nonsense`)).status).toBe(400);
  });

  it('create a bucket, say so, and ask before they delete it', async () => {
    const page = await on.admin.get(storage());
    const made = await on.admin.submit(formTo(page, /storage$/), { name: 'short-lived', region: 'local' });
    const shown = await on.admin.follow(made);
    expect(shown.text).toContain('The bucket is there.');
    expect(shown.text).toMatch(/short-lived[\s\S]*local[\s\S]*active/);
    const ask = linksOf(shown).filter((link) => link.endsWith('/remove'));
    const pages = await Promise.all(ask.map((link) => on.admin.get(link)));
    const question = pages.find(({ text }) => text.includes('<bdi>short-lived</bdi></strong>'));
    if (!question) throw new Error('nobody asks whether to delete the bucket');
    expect(linkTo(question, /storage$/)).toBe(storage());
    const gone = await on.admin.follow(await on.admin.submit(formTo(question, /remove$/)));
    expect(gone.text).toContain('is being deleted');
    expect(gone.text).toMatch(/short-lived[\s\S]*deleting/);
    await on.app.drain();
    expect((await on.admin.get(storage())).text).not.toContain('short-lived');
  });

  it('say what is wrong with a bucket, beside its field, and keep what was typed', async () => {
    const form = formTo(await on.owner.get(storage()), /storage$/);
    for (const [typed, status, field, words] of [
      [{ name: '"><script>alert(1)</script>', region: 'local' }, 400, 'name', 'lower-case letters'],
      [{ name: 'fine', region: 'moon' }, 400, 'region', 'local'],
      [{ name: 'files', region: 'local' }, 409, 'name', 'already'],
    ] as const) {
      const answer = await on.owner.submit(form, typed);
      expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
      expect(answer.text).toMatch(new RegExp(`id="${field}"[^>]* aria-invalid="true"`));
      expect(answer.text).toContain(
        `aria-describedby="${field === 'name' ? 'name-hint ' : ''}${field}-wrong"`,
      );
      expect(formTo(answer, /storage$/).fields['name']).toBe(typed.name);
      expect(answer.text).not.toContain('<script>');
      expect(answer.text).toContain('<title>Error: ');
    }
  });

  it('say that a project has all the buckets it may have', async () => {
    const form = formTo(await on.owner.get(storage()), /storage$/);
    for (let n = 0; n < 19; n += 1) await on.owner.submit(form, { name: `bucket-${n}`, region: 'local' });
    const answer = await on.owner.submit(form, { name: 'one-more', region: 'local' });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('may have 20 buckets')]);
    const first = await on.owner.get(`${storage()}?page_size=15`);
    const second = await on.owner.get(linkTo(first, /[?&]page_token=/));
    expect(`${first.text}${second.text}`.match(/>bucket-\d+</g)).toHaveLength(38);
    // Twice each: once as the link, once in the name of what deletes it.
  });

  it('show members no button that they may not press', async () => {
    const page = await on.member.get(storage());
    expect(page.status).toBe(200);
    expect(formsOf(page).map(({ action }) => action)).toEqual(['/sign-out']);
    expect(linksOf(page).filter((link) => /remove$|connections\/new/.test(link))).toEqual([]);
    expect(linkTo(page, /\/storage\/b\//)).toContain(on.here.bucketId);
  });

  it('connect a bucket of somebody’s own, verify it, and forget it', async () => {
    const page = await on.owner.get(storage());
    const json = connectionJson('bucket-of-theirs');
    const { admit, objects } = on.app.strangers.s3;
    admit({ id: json.access_key_id, secret: json.secret_access_key });
    expect((await objects.createBucket('bucket-of-theirs')).isOk()).toBe(true);
    const form = formTo(await on.owner.get(linkTo(page, /provider=s3compat/)), /connections\/new/);
    const { uri, region, access_key_id, secret_access_key } = json;
    const typed = { uri, region, access_key_id, secret_access_key, endpoint: json.s3_spec.endpoint };
    const made = await on.owner.follow(await on.owner.submit(form, typed));
    expect(made.text).toContain('The connection is there');
    expect(made.text).toContain(`<bdi>${uri}</bdi>`);
    const row = made.text.slice(made.text.indexOf(uri));
    const [, id = ''] = /\/storage\/c\/([0-9a-f-]{36})\/verify/.exec(row) ?? [];
    const verified = await on.owner.submit(formTo(made, new RegExp(`${id}/verify$`)));
    const report = await on.owner.follow(verified);
    expect([report.status, report.text]).toEqual([200, expect.stringContaining('All of it works.')]);
    for (const right of ['credentials', 'list', 'read', 'write', 'delete'])
      expect(report.text).toContain(`<th scope="row">${right}</th><td>works</td>`);
    expect((await on.owner.get(`${storage()}/c/${id}/verify?result=nonsense`)).status).toBe(400);
    const question = await on.owner.get(`${storage()}/c/${id}/remove`);
    expect(question.text).toContain('The bucket it leads to stays as it is.');
    const gone = await on.owner.follow(await on.owner.submit(formTo(question, /remove$/)));
    expect(gone.text).toContain('The connection is forgotten.');
    expect(gone.text).not.toContain(`<bdi>${uri}</bdi>`);
    for (const { text } of [made, report, question]) expect(text).not.toContain(secret_access_key);
  });

  it('tell what a connection may not do, in the words of the store', async () => {
    const json = connectionJson('no-such-bucket');
    const created = await clientOf(on.app)(`POST /v1/projects/${on.here.projectId}/connections`, {
      token: on.here.owner.token,
      json: { ...json, uri: 's3://never-made/x' },
    });
    const address = new RegExp(`${created.body.id}/verify$`);
    const report = await on.owner.follow(
      await on.owner.submit(formTo(await on.owner.get(storage()), address)),
    );
    expect(report.text).toContain('Not all of it works. The connection is invalid.');
    expect(report.text).toContain('<td><bdi>the store has no such bucket</bdi></td>');
  });

  it('say what is wrong with a connection, and keep what was typed but the secrets', async () => {
    const typed = {
      uri: 'ftp://x',
      region: 'us-east-1',
      access_key_id: 'AKIDEXAMPLE',
      secret_access_key: 'hush-hush',
    };
    for (const [provider, more, field] of [
      ['aws', {}, 'uri'],
      ['aws', { uri: 's3://bucket', region: '"><script>' }, 'region'],
      ['s3compat', { uri: 's3://bucket' }, 'endpoint'],
      [
        'gcp',
        { uri: 'gs://bucket', region: 'europe-west1', service_account_json: '{"hush":1}' },
        'service_account_json',
      ],
    ] as const) {
      const address = `${storage()}/connections/new?provider=${provider}`;
      const form = formTo(await on.owner.get(address), /connections\/new/);
      const answer = await on.owner.submit(form, { ...typed, ...more });
      expect([provider, answer.status]).toEqual([provider, 400]);
      expect(answer.text).toMatch(new RegExp(`id="${field}"[^>]* aria-invalid="true"`));
      expect(formTo(answer, /connections\/new/).fields['uri']).toBe(more.uri ?? typed.uri);
      expect(answer.text).not.toContain('hush');
      expect(answer.text).not.toContain('<script>');
    }
  });

  it('say that a project has all the connections it may have', async () => {
    const address = `${storage()}/connections/new?provider=aws`;
    const form = formTo(await on.owner.get(address), /connections\/new/);
    const typed = {
      uri: 's3://bucket',
      region: 'us-east-1',
      access_key_id: 'AKID',
      secret_access_key: 'x'.repeat(40),
    };
    let answer = await on.owner.submit(form, typed);
    for (let n = 0; n < 20 && answer.status === 303; n += 1) answer = await on.owner.submit(form, typed);
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('may have 20 connections')]);
    const first = await on.owner.get(`${storage()}?page_size=15`);
    expect((await on.owner.get(linkTo(first, /connections_token=/))).text).toContain('s3://bucket');
  });

  it('connect a bucket at Google with the key of a service account', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = {
      type: 'service_account',
      project_id: 'a-project',
      client_email: 'robot@a-project.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    };
    const somebody = await resident(on.app);
    const made = await somebody.submit(formTo(await somebody.get('/app'), /^\/app$/), { name: 'At Google' });
    const page = await somebody.follow(made);
    const form = formTo(await somebody.get(linkTo(page, /provider=gcp/)), /connections\/new/);
    const typed = {
      uri: 'gs://a-bucket/x',
      region: 'europe-west1',
      service_account_json: JSON.stringify(key),
    };
    const shown = await somebody.follow(await somebody.submit(form, typed));
    expect(shown.text).toMatch(/gs:\/\/a-bucket\/x[\s\S]*Google Cloud Storage[\s\S]*pending/);
    expect(shown.text).not.toContain('PRIVATE KEY');
  });

  it('keep a connection that a file system uses', async () => {
    const address = `${storage()}/c/${on.here.connectionId}/remove`;
    await on.app.mount(on.here.connectionId, RANDOM_ID);
    const answer = await on.owner.submit(formTo(await on.owner.get(address), /remove$/));
    expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('Detach it there first')]);
    expect((await on.owner.get(address)).status).toBe(200);
  });

  it('say so when the project is deleted at the same moment', async () => {
    const refusing = (failure: { readonly kind: string }, ...names: string[]) =>
      open({
        override: (container) => {
          const real = container.get(contexts.storage);
          const said = Object.fromEntries(names.map((name) => [name, () => errAsync(failure)]));
          rebind(container, contexts.storage, { ...real, ...said } as typeof real);
        },
      });
    for (const [failure, name, operation, status] of [
      [{ kind: 'not_found' }, 'createBucket', 'makeBucket', 404],
      [{ kind: 'not_found' }, 'createConnection', 'makeConnection', 404],
    ] as const) {
      const app = await refusing(failure, name);
      const somebody = await resident(app);
      const made = await somebody.submit(formTo(await somebody.get('/app'), /^\/app$/), { name: 'P' });
      const [, project_id = ''] = /projects\/([^/]+)/.exec(made.location ?? '') ?? [];
      const route = allPages.find(({ operationId }) => operationId === operation);
      if (!route) throw new Error(operation);
      const { csrf = '' } = formTo(await somebody.get('/app'), /^\/app$/).fields;
      const answer = await somebody.post(addressOf(route, { project_id, place: 'c' }), { csrf });
      expect([operation, answer.status]).toEqual([operation, status]);
      for (const line of app.answered) answered.add(line);
      await app.close();
    }
  });
};

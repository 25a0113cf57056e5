import { errAsync, okAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import { contexts } from '../../../src/composition/tokens.js';
import { rebind } from '../../support/app.js';
import { clientOf, world } from '../../support/client.js';
import { readZip } from '../../support/zip.js';
import { changedStore } from './containers.js';
import { keptBucket } from './kept-buckets.rig.js';
import { addressOf, allPages, bucketOn, type Open, onStage, type Stage } from './pages.rig.js';
import {
  csrfOf,
  formsOf,
  formTo,
  linksOf,
  linkTo,
  type Page,
  resident,
  signedIn,
  unescaped,
} from './pages.surfer.js';

export const filesScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const { bucket, keysBelow } = bucketOn(() => on);
  const put = async (key: string, bytes: string): Promise<void> => {
    const query = new URLSearchParams({ key });
    const answer = await clientOf(on.app)(`PUT /v1/buckets/${on.here.bucketId}/objects?${query}`, {
      token: on.here.owner.token,
      bytes,
    });
    expect(answer.status).toBe(204);
  };
  const namesOn = (page: Page): readonly string[] =>
    [...page.text.matchAll(/<th scope="row">(?:<a[^>]*>)?<bdi>(.*?)<\/bdi>/gs)].map(([, name = '']) =>
      unescaped(name),
    );

  it('do it all without a script: from signing up to an empty bucket', async () => {
    const somebody = await resident(on.app);
    const projects = await somebody.get('/app');
    const storage = await somebody.follow(
      await somebody.submit(formTo(projects, /^\/app$/), { name: 'Journey' }),
    );
    const made = await somebody.follow(
      await somebody.submit(formTo(storage, /storage$/), { name: 'my-files', region: 'local' }),
    );
    const root = await somebody.get(linkTo(made, /\/storage\/b\/[^/]+$/));
    const files = [new File(['hello'], 'hello.txt'), new File(['x'.repeat(100_000)], 'large.bin')];
    const sent = await somebody.upload(root, files, '/letters/2026/');
    const folder = await somebody.follow(sent);
    expect(folder.text).toContain('Uploaded.');
    expect(namesOn(folder)).toEqual(['hello.txt', 'large.bin']);
    expect(folder.text).toContain('98 KiB');
    const trail = linksOf(folder).filter(
      (link) => link.includes('/storage/b/') && !/delete|download/.test(link),
    );
    expect(trail.map((link) => new URLSearchParams(link.split('?')[1]).get('prefix'))).toEqual([
      null,
      'letters/',
    ]);
    const file = await somebody.get(linkTo(folder, /download\?key=[^&]*hello\.txt$/));
    expect([file.status, file.text]).toEqual([200, 'hello']);
    expect(file.headers.get('content-disposition')).toBe('attachment; filename=hello.txt');
    const zip = await somebody.get(linkTo(folder, /download\?key=letters%2F2026%2F&recursive=true$/));
    expect(zip.headers.get('content-disposition')).toBe('attachment; filename=2026.zip');
    expect(readZip(zip.bytes).entries.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ['hello.txt', 5],
      ['large.bin', 100_000],
    ]);
    const ask = await somebody.get(linkTo(folder, /delete\?key=[^&]*hello\.txt$/));
    expect(ask.text).toContain('<bdi>letters/2026/hello.txt</bdi>');
    const left = await somebody.follow(await somebody.submit(formTo(ask, /delete\?/)));
    expect([namesOn(left), left.text]).toEqual([['large.bin'], expect.stringContaining('Deleted.')]);
    const up = await somebody.get(linkTo(left, /prefix=letters%2F$/));
    const whole = await somebody.get(linkTo(up, /delete\?key=letters%2F&recursive=true$/));
    const empty = await somebody.follow(await somebody.submit(formTo(whole, /delete\?/)));
    expect(empty.text).toContain('There is nothing here yet.');
  });

  it('show admins what the platform keeps, with nothing to change it, and members that they may not see it', async () => {
    const { id, name } = await keptBucket(on.app, on.here);
    const at = `/app/projects/${on.here.projectId}/storage/b/${id}`;
    const folder = await on.owner.get(at);
    expect([folder.status, namesOn(folder)]).toEqual([200, [name]]);
    expect(folder.text).toContain('The platform keeps this bucket');
    expect(linksOf(folder).filter((link) => link.includes('/delete?'))).toEqual([]);
    expect(formsOf(folder).map(({ action }) => action)).toEqual(['/sign-out']);
    for (const [who, seen] of [
      [on.owner, 200],
      [on.member, 403],
    ] as const) {
      const own = await who.get(bucket());
      const forged = { ...own, text: own.text.replaceAll(on.here.bucketId, id) };
      expect((await who.upload(forged, [new File(['forged'], name)])).status).toBe(403);
      const { csrf = '' } = formTo(own, /sign-out/).fields;
      expect((await who.post(`${at}/delete?key=${name}`, { csrf })).status).toBe(403);
      expect((await who.get(`${at}/download?key=${name}`)).status).toBe(seen);
      expect((await who.get(at)).status).toBe(seen);
    }
  });

  it('let a member work on files', async () => {
    const page = await on.member.get(`${bucket()}?prefix=member`);
    const sent = await on.member.follow(await on.member.upload(page, [new File(['m'], 'mine.txt')]));
    expect(await keysBelow('member/')).toEqual(['member/mine.txt']);
    const ask = await on.member.get(linkTo(sent, /delete\?key=/));
    expect((await on.member.submit(formTo(ask, /delete\?/))).status).toBe(303);
    expect(await keysBelow('member/')).toEqual([]);
  });

  it('show any name as it is, as text and nothing else, and give its file under that name', async () => {
    const names = [
      '<script>alert(1)',
      '"><img src=x onerror=alert(1)>',
      '"quoted" & \'single\'',
      'line\r\nbreak: x',
      'Grüße 日本 💥.txt',
      '%0D%0A%22literal',
      'a+b c?d#e=f&g',
      'back\\slash',
      ' spaces ',
    ];
    for (const name of names) await put(`odd/${name}`, name);
    await put('odd/<i>"folder"/x', 'x');
    const page = await on.owner.get(`${bucket()}?prefix=odd/`);
    expect(new Set(namesOn(page))).toEqual(new Set([...names, '<i>"folder"']));
    expect(page.text).not.toMatch(/<script>alert|<i>|<img/);
    const downloads = linksOf(page).filter(
      (link) => link.includes('/download?key=odd%2F') && !link.includes('recursive'),
    );
    expect(downloads).toHaveLength(names.length);
    const contents = await Promise.all(downloads.map((link) => on.owner.get(link)));
    expect(new Set(contents.map(({ text }) => text))).toEqual(new Set(names));
    for (const { headers, text } of contents) {
      expect(headers.get('content-disposition')).toMatch(/^attachment/);
      expect(headers.get('content-security-policy')).toContain('sandbox');
      const [, spelt] = /filename\*=UTF-8''([^;]*)/.exec(headers.get('content-disposition') ?? '') ?? [];
      if (spelt !== undefined) expect(decodeURIComponent(spelt)).toBe(text);
    }
    const inner = await on.owner.get(linkTo(page, /prefix=odd%2F%3Ci%3E/));
    expect(inner.text).toContain('<h1><bdi>&lt;i&gt;&quot;folder&quot;</bdi></h1>');
    const ask = await on.owner.get(linkTo(page, /delete\?key=odd%2F%3Cscript/));
    expect((await on.owner.submit(formTo(ask, /delete\?/))).status).toBe(303);
    expect(await keysBelow('odd/<s')).toEqual([]);
  });

  it('show a long folder page by page, each file once', async () => {
    for (let n = 0; n < 205; n += 1) await put(`many/${String(n).padStart(3, '0')}`, '');
    const first = await on.owner.get(`${bucket()}?prefix=many/`);
    const next = linkTo(first, /after=/);
    const second = await on.owner.get(next);
    expect([namesOn(first).length, namesOn(second)]).toEqual([200, ['200', '201', '202', '203', '204']]);
    expect(linksOf(second).filter((link) => link.includes('after='))).toEqual([]);
    const elsewhere = next.replace('many', 'else');
    expect((await on.owner.get(elsewhere)).status).toBe(400);
  });

  it('go on with a download that broke off, and spare a copy that is current', async () => {
    const link = `${bucket()}/download?key=a/file.txt`;
    const whole = await on.owner.get(link);
    const etag = whole.headers.get('etag') ?? '';
    const part = await on.owner.get(link, { range: 'bytes=1-2', 'if-range': etag });
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, 'el', 'bytes 1-2/5']);
    const changed = await on.owner.get(link, { range: 'bytes=1-2', 'if-range': '"another"' });
    expect([changed.status, changed.text]).toEqual([200, 'hello']);
    expect((await on.owner.get(link, { 'if-none-match': etag })).status).toBe(304);
    expect((await on.owner.get(link, { range: 'bytes=9-' })).status).toBe(416);
  });

  it('say what is wrong with a name that no key can have', async () => {
    const answer = await on.owner.upload(await on.owner.get(bucket()), [new File(['x'], 'x')], '../up');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('segment')]);
    expect(answer.text).toContain('value="../up"');
    expect(answer.text).toMatch(/<input type="text" id="folder"[^>]* aria-invalid="true"/);
    const dotted = await on.owner.upload(await on.owner.get(bucket()), [new File(['x'], '..')]);
    expect(dotted.text).toMatch(/<input type="file" id="file"[^>]* aria-invalid="true"/);
    for (const path of ['?prefix=a/../b', '/download?key=..', '/delete?key=..'])
      expect((await on.owner.get(bucket() + path)).status).toBe(path.startsWith('/delete') ? 200 : 400);
    const csrf = on.csrf.owner;
    expect((await on.owner.post(`${bucket()}/delete?key=..`, { csrf })).status).toBe(400);
    expect((await on.owner.get(`${bucket()}/download?key=nothing&recursive=true`)).status).toBe(404);
  });

  it('work in a bucket of somebody’s own just as well', async () => {
    const there = `/app/projects/${on.here.projectId}/storage/c/${on.here.connectionId}`;
    const root = await on.owner.get(there);
    expect(root.text).toContain('<h1><bdi>s3://');
    const folder = await on.owner.follow(await on.owner.upload(root, [new File(['far'], 'far.txt')], 'a'));
    expect(namesOn(folder)).toEqual(['far.txt', 'file.txt']);
    expect((await on.owner.get(linkTo(folder, /far\.txt$/))).text).toBe('far');
  });

  it('say why the store keeps a file that was to be deleted', async () => {
    const app = await open({
      override: changedStore('buckets', () => ({
        deleteMany: (_bucket, keys) => okAsync(keys.map((key) => ({ key, reason: 'it is on hold' }))),
      })),
    });
    const here = await world(app, clientOf(app));
    const owner = await signedIn(app, here.owner.email);
    const at = `/app/projects/${here.projectId}/storage/b/${here.bucketId}`;
    const kept = await owner.post(`${at}/delete?key=a/file.txt`, { csrf: await csrfOf(owner) });
    expect(kept.status).toBe(403);
    expect(kept.text).toContain('The store does not allow this: it is on hold.');
    expect((await owner.get(`${at}/download?key=a/file.txt`)).text).toBe('hello');
    await app.close();
  });

  it('tell of a bucket that cannot be used, and of a store that refuses, is full or half done', async () => {
    const failures = [
      ['bucket_not_active', 409, { status: 'pending' }],
      ['store_denied', 403, { reason: 'no' }],
      ['store_full', 507, {}],
      ['body_mismatch', 400, { reason: 'short' }],
      ['delete_incomplete', 502, { deleted: 1, failed: 1, keys: ['<left>'] }],
      ['folder_too_large', 400, { limit: 7 }],
    ] as const;
    for (const [kind, status, more] of failures) {
      const refuse = () => errAsync({ kind, ...more });
      let broken = false;
      const app = await open({
        override: (container) => {
          const real = container.get(contexts.storage);
          const operation =
            (name: 'listObjects' | 'uploadObject' | 'downloadObject' | 'deleteObject') =>
            (...asked: never[]) =>
              broken ? refuse() : (real[name] as (...asked: never[]) => unknown)(...asked);
          const names = ['uploadObject', 'downloadObject', 'deleteObject'] as const;
          const listing = ['bucket_not_active', 'store_denied'].includes(kind)
            ? (['listObjects'] as const)
            : [];
          const said = Object.fromEntries([...names, ...listing].map((name) => [name, operation(name)]));
          rebind(container, contexts.storage, { ...real, ...said } as typeof real);
        },
      });
      const somebody = await resident(app);
      const storage = await somebody.follow(
        await somebody.submit(formTo(await somebody.get('/app'), /^\/app$/), { name: 'P' }),
      );
      const made = await somebody.follow(
        await somebody.submit(formTo(storage, /storage$/), { name: 'files', region: 'local' }),
      );
      const link = linkTo(made, /\/storage\/b\/[^/]+$/);
      const [, project_id = '', , , container_id = ''] = link.slice('/app'.length).split('/').slice(1);
      const ids = { project_id, place: 'b', container_id };
      const root = await somebody.get(link);
      broken = true;
      const seen = [(await somebody.upload(root, [new File(['x'], 'x')])).status];
      for (const operation of ['folderPage', 'downloadFile', 'removeFile']) {
        const route = allPages.find(({ operationId }) => operationId === operation);
        if (!route) throw new Error(operation);
        const { csrf = '' } = formTo(root, /sign-out/).fields;
        const address = addressOf(route, ids);
        const answer =
          operation === 'removeFile' ? await somebody.post(address, { csrf }) : await somebody.get(address);
        seen.push(answer.status);
        if (kind === 'delete_incomplete' && operation === 'removeFile')
          expect(answer.text).toContain('<bdi>&lt;left&gt;</bdi>');
      }
      expect([kind, seen]).toEqual([kind, expect.arrayContaining([status])]);
      for (const line of app.answered) answered.add(line);
      await app.close();
    }
  });
};

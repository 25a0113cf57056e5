import { describe, expect, it } from 'vitest';
import { jobWorker } from '../../../src/adapters/jobs/worker.js';
import { contexts, ports } from '../../../src/composition/tokens.js';
import type { Member } from '../../../src/domain/shared/principal.js';
import { MINUTE } from '../../../src/domain/shared/time.js';
import { PACK_BUCKET } from '../../../src/domain/storage/kept-bucket.js';
import { testContainer } from '../../support/app.js';
import { readZip } from '../../support/zip.js';

/** Workspaces over the real storage context; `only`: so many buckets may its project have. */
const opened = async () => {
  const { container, clock } = await testContainer();
  const [accounts, storage, app] = [
    container.get(contexts.accounts),
    container.get(contexts.storage),
    container.get(contexts.workspaces),
  ];
  const visit = () => ({ at: clock.now(), address: '203.0.113.77', requestId: 'a-request' });
  const user = (
    await accounts.addUser({ email: 'ada@example.com', password: 'a long password' }, visit())
  )._unsafeUnwrap();
  const signedIn = await accounts.login({ email: 'ada@example.com', password: 'a long password' }, visit());
  const { accessToken } = signedIn._unsafeUnwrap();
  const { caller } = (
    await accounts.authenticate(`Bearer ${accessToken}`, { kind: 'none' }, visit())
  )._unsafeUnwrap();
  const project = (await accounts.createProject({ name: 'A project' }, caller))._unsafeUnwrap();
  const member = async () => (await app.enterWorkspace({ ...caller, ...visit() }))._unsafeUnwrap();
  const owner = (): Member => ({ ...caller, ...visit(), accountId: project.id, role: 'owner' });
  const worker = jobWorker({
    jobs: container.get(ports.jobs),
    handlers: { ...storage.jobs, ...app.jobs },
    clock,
    log: { warn: () => undefined, error: () => undefined },
  });
  return {
    app,
    storage,
    user,
    member,
    owner,
    clock,
    buckets: async () => (await storage.listBuckets(owner(), { size: 100 }))._unsafeUnwrap().items,
    drain: async () => {
      for (let rounds = 0; rounds < 3; rounds += 1) {
        while ((await worker.tick()) > 0);
        clock.advance(MINUTE);
      }
    },
    bytes: async (pack: number) => {
      const { body, size } = (await app.packDownload(pack, await member()))._unsafeUnwrap();
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const zip = Buffer.concat(chunks);
      expect(zip.length).toBe(size);
      return zip;
    },
  };
};

describe('the shelf of review packs', () => {
  it('is a bucket of the workspace, made with the first pack and used by the next', async () => {
    const { app, member, drain, buckets, bytes } = await opened();
    const first = (await app.generateReviewPack({}, await member()))._unsafeUnwrap();
    expect(await buckets()).toEqual([]);
    await drain();
    const again = (await app.regenerate(first.pack.number, await member()))._unsafeUnwrap();
    await drain();
    expect((await buckets()).map(({ name, status }) => [name, status])).toEqual([[PACK_BUCKET, 'active']]);
    for (const { pack } of [first, again]) {
      const { entries } = readZip(await bytes(pack.number));
      expect(entries.map(({ name }) => name)).toEqual([
        'manifest.json',
        'usage.csv',
        'truth.json',
        'decisions.json',
        'audit.csv',
      ]);
      const manifest = JSON.parse(entries[0]?.bytes.toString() ?? '');
      expect(manifest.pack).toBe(pack.number);
    }
  });

  it('is made anew when somebody has deleted it, with all that lay in it', async () => {
    const { app, member, owner, storage, drain, buckets, bytes } = await opened();
    const { pack } = (await app.generateReviewPack({}, await member()))._unsafeUnwrap();
    await drain();
    const [bucket] = await buckets();
    const ready = (await app.getPack(pack.number, await member()))._unsafeUnwrap();
    expect(ready.pack.file).toMatchObject({ bucketId: bucket?.id, key: `pack-${pack.number}.zip` });
    (await storage.deleteBucket(bucket?.id ?? '', owner()))._unsafeUnwrap();
    await drain();
    const gone = await app.packDownload(pack.number, await member());
    expect(gone._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
    const again = (await app.regenerate(pack.number, await member()))._unsafeUnwrap();
    await drain();
    expect((await buckets()).map(({ name }) => name)).toEqual([PACK_BUCKET]);
    expect(readZip(await bytes(again.pack.number)).entries).toHaveLength(5);
  });

  it('is refused to a workspace that may have no more buckets, and its pack says so', async () => {
    const { app, member, owner, storage, drain } = await opened();
    const region = storage.regions()[0] ?? '';
    for (let n = 0; n < 20; n += 1)
      (await storage.createBucket({ name: `bucket-${n}`, region }, owner()))._unsafeUnwrap();
    const { pack } = (await app.generateReviewPack({}, await member()))._unsafeUnwrap();
    await drain();
    expect((await app.getPack(pack.number, await member()))._unsafeUnwrap()).toMatchObject({
      pack: { status: 'failed', failure: 'quota_exceeded' },
      run: { status: 'failed' },
    });
  });
});

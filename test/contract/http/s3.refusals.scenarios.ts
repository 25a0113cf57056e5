import { errAsync, okAsync } from 'neverthrow';
import { afterAll, describe, expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import { gate, rebind, type TestApp } from '../../support/app.js';
import { type RawCall, raw, signed } from './s3.calls.js';
import { type Keys, type OpenS3, type S3World, s3World } from './s3.rig.js';

type Failure = { readonly kind: string; readonly [more: string]: unknown };

/** What is refused for reasons that lie neither in the signature nor in the body. */
export const s3RefusalsScenarios = (open: OpenS3) => {
  describe('refusals', () => {
    const apps: TestApp[] = [];
    afterAll(async () => {
      for (const app of apps) await app.close();
    });
    const begin = async (options: Parameters<OpenS3>[0] = {}): Promise<S3World> => {
      const app = await open(options);
      apps.push(app);
      return s3World(app);
    };
    const send = async ({ app }: S3World, keys: Keys, call: RawCall) => {
      const answer = await raw(app, await signed(app, keys, call, { at: new Date(app.clock.now()) }));
      return { ...answer, outcome: [answer.status, answer.code] };
    };

    it('says of everything else S3 has that it is not here, and does nothing', async () => {
      const world = await begin();
      const { mine } = world;
      const here = `/s3/${mine.bucket}`;
      const asked: readonly [string, string][] = [
        ['DELETE', here],
        ['POST', here],
        ['HEAD', '/s3'],
        ['PUT', '/s3/'],
        ...['acl', 'policy', 'lifecycle', 'cors', 'tagging', 'versioning', 'encryption', 'website'].map(
          (name): [string, string] => ['PUT', `${here}?${name}`],
        ),
        ...['tagging', 'lifecycle', 'cors', 'versions', 'replication', 'object-lock', 'notification'].map(
          (name): [string, string] => ['GET', `${here}?${name}`],
        ),
        ...['tagging', 'acl', 'retention', 'legal-hold'].map((name): [string, string] => [
          'PUT',
          `${here}/k?${name}`,
        ]),
        ...['tagging', 'torrent', 'attributes', 'versionId=1', 'partNumber=1'].map(
          (name): [string, string] => ['GET', `${here}/k?${name}`],
        ),
        ['POST', `${here}/k?restore`],
        ['POST', `${here}/k?select&select-type=2`],
        ['DELETE', `${here}/k?versionId=1`],
        ['DELETE', `${here}/k?tagging`],
      ];
      for (const [method, path] of asked) {
        const { status, code } = await send(world, mine, { method, path });
        expect([method, path, status, code]).toEqual([
          method,
          path,
          501,
          method === 'HEAD' ? undefined : 'NotImplemented',
        ]);
      }
      expect((await send(world, mine, { path: here })).text).not.toContain('<Contents>');
    });

    it('refuses headers that ask for what nobody does here', async () => {
      const world = await begin();
      const put = (headers: Record<string, string>) =>
        send(world, world.mine, { method: 'PUT', path: `/s3/${world.mine.bucket}/k`, headers, body: 'x' });
      const refused: readonly [Record<string, string>, unknown[]][] = [
        [{ 'x-amz-server-side-encryption': 'AES256' }, [501, 'NotImplemented']],
        [{ 'x-amz-tagging': 'a=b' }, [501, 'NotImplemented']],
        [{ 'x-amz-acl': 'public-read' }, [501, 'NotImplemented']],
        [{ 'x-amz-grant-read': 'id=1' }, [501, 'NotImplemented']],
        [{ 'x-amz-object-lock-mode': 'GOVERNANCE' }, [501, 'NotImplemented']],
        [{ 'x-amz-expected-bucket-owner': '1' }, [501, 'NotImplemented']],
        [{ 'x-amz-storage-class': 'GLACIER' }, [400, 'InvalidStorageClass']],
        [{ 'x-amz-meta-a': 'x'.repeat(2_048) }, [400, 'MetadataTooLarge']],
        [{ 'cache-control': 'x'.repeat(1_025) }, [400, 'InvalidArgument']],
      ];
      for (const [headers, outcome] of refused) expect((await put(headers)).outcome).toEqual(outcome);
      expect((await put({ 'x-amz-acl': 'private', 'x-amz-storage-class': 'STANDARD' })).status).toBe(200);
      const guarded = {
        method: 'DELETE',
        path: `/s3/${world.mine.bucket}/k`,
        headers: { 'if-match': '"x"' },
      };
      expect((await send(world, world.mine, guarded)).outcome).toEqual([501, 'NotImplemented']);
    });

    it('says that the bucket is there to who would make it, and of its policy that there is none', async () => {
      const world = await begin();
      const here = `/s3/${world.mine.bucket}`;
      const made = await send(world, world.mine, { method: 'PUT', path: here });
      expect(made.outcome).toEqual([409, 'BucketAlreadyOwnedByYou']);
      const policy = await send(world, world.mine, { path: `${here}?policy` });
      expect(policy.outcome).toEqual([404, 'NoSuchBucketPolicy']);
      for (const path of [`${here}?acl`, `${here}/k?acl`])
        expect((await send(world, world.mine, { path })).text).toContain(
          '<Permission>FULL_CONTROL</Permission>',
        );
    });

    it('names each request, in its headers and in what it says of a failure', async () => {
      const world = await begin();
      const path = `/s3/${world.mine.bucket}/a%20b`;
      const { headers, text } = await send(world, world.mine, { path });
      const id = String(headers['x-amz-request-id']);
      expect(headers['content-type']).toBe('application/xml');
      expect(text).toContain(`<Resource>${path}</Resource><RequestId>${id}</RequestId>`);
      const head = await send(world, world.mine, { method: 'HEAD', path });
      expect([head.status, head.text]).toEqual([404, '']);
    });

    it('counts the requests of a key, and slows it down', async () => {
      const limit = gate();
      const world = await begin({ override: limit.guard });
      limit.close();
      const { outcome, headers } = await send(world, world.mine, { path: `/s3/${world.mine.bucket}` });
      expect([outcome, headers['retry-after']]).toEqual([[503, 'SlowDown'], '60']);
    });

    it('counts requests that prove nothing by their network address, and those of the keys apart', async () => {
      const world = await begin({ environment: { REQUESTS_PER_MINUTE: '20', TRUSTED_PROXIES: '127.0.0.1' } });
      const path = `/s3/${world.mine.bucket}`;
      const from = async (keys: Keys, address: string) => {
        const call = await signed(world.app, keys, { path }, { at: new Date(world.app.clock.now()) });
        return raw(world.app, { ...call, headers: { ...call.headers, 'x-forwarded-for': address } });
      };
      const forgeries = [
        () => from({ ...world.mine, secretAccessKey: 'another' }, '192.0.2.1'),
        () => from({ ...world.mine, accessKeyId: 'nobody' }, '192.0.2.1'),
        () => raw(world.app, { path, headers: { 'x-forwarded-for': '192.0.2.1' } }),
      ];
      const seen = new Map<string, number>();
      for (let n = 0; n < 30; n += 1) {
        const { status, code } = (await forgeries[n % forgeries.length]?.()) ?? {};
        seen.set(`${status} ${code}`, (seen.get(`${status} ${code}`) ?? 0) + 1);
      }
      expect(Object.fromEntries(seen)).toEqual({
        '403 SignatureDoesNotMatch': 7,
        '403 InvalidAccessKeyId': 7,
        '403 AccessDenied': 6,
        '503 SlowDown': 10,
      });
      const slowed = await forgeries[0]?.();
      expect(Number(slowed?.headers['retry-after'])).toBeGreaterThan(0);
      const elsewhere = await from({ ...world.mine, secretAccessKey: 'another' }, '192.0.2.2');
      expect(elsewhere.code).toBe('SignatureDoesNotMatch');
      expect((await from(world.mine, '192.0.2.1')).status).toBe(200);
    });

    it('passes on what the store says, in the words of S3', async () => {
      let failure: Failure | undefined;
      const failing = <T extends object>(calls: T): T =>
        new Proxy(calls, {
          get: (target, name) => (failure ? () => errAsync(failure) : Reflect.get(target, name)),
        });
      const override = async (container: Parameters<typeof rebind>[0]) => {
        rebind<ObjectStore>(container, ports.objects, failing(container.get(ports.objects)));
      };
      const world = await begin({ override });
      const put = () =>
        send(world, world.mine, { method: 'PUT', path: `/s3/${world.mine.bucket}/k`, body: 'x' });
      const said: readonly [Failure, unknown[]][] = [
        [{ kind: 'store_full' }, [507, 'InsufficientStorage']],
        [{ kind: 'store_denied', reason: 'no' }, [403, 'AccessDenied']],
        [{ kind: 'bucket_missing' }, [404, 'NoSuchBucket']],
        [{ kind: 'unavailable', dependency: 'store', cause: 'down' }, [503, 'ServiceUnavailable']],
      ];
      for (const [one, outcome] of said) {
        failure = one;
        const answer = await put();
        expect(answer.outcome).toEqual(outcome);
        expect(answer.text).not.toContain('down');
      }
      failure = undefined;
      expect((await put()).status).toBe(200);
      expect(JSON.stringify(world.app.complaints)).toContain('store is unavailable: down');
    });

    it('refuses to delete what the store keeps, one by one or among others', async () => {
      const override = async (container: Parameters<typeof rebind>[0]) => {
        const objects = container.get(ports.objects);
        const deleteMany: ObjectStore['deleteMany'] = (_bucket, keys) =>
          okAsync(keys.filter((key) => key === 'held').map((key) => ({ key, reason: `${key} is on hold` })));
        rebind<ObjectStore>(container, ports.objects, { ...objects, deleteMany });
      };
      const world = await begin({ override });
      const here = `/s3/${world.mine.bucket}`;
      const one = await send(world, world.mine, { method: 'DELETE', path: `${here}/held` });
      expect(one.outcome).toEqual([403, 'AccessDenied']);
      expect(one.text).toContain('held is on hold');
      const keys = ['held', 'free'].map((key) => `<Object><Key>${key}</Key></Object>`);
      const body = `<Delete>${keys.join('')}</Delete>`;
      const many = await send(world, world.mine, { method: 'POST', path: `${here}?delete=`, body });
      expect(many.status).toBe(200);
      expect(many.text).toMatch(/<Deleted><Key>free<\/Key><\/Deleted>/);
      expect(many.text).toMatch(/<Error><Key>held<\/Key><Code>AccessDenied<\/Code>.*held is on hold/);
    });

    it('asks for patience while the store has not made the bucket yet', async () => {
      const override = async (container: Parameters<typeof rebind>[0]) => {
        const objects = container.get(ports.objects);
        const createBucket = () =>
          errAsync({ kind: 'unavailable' as const, dependency: 'store', cause: 'slow' });
        rebind<ObjectStore>(container, ports.objects, { ...objects, createBucket });
      };
      const world = await begin({ override });
      const { outcome } = await send(world, world.mine, { path: `/s3/${world.mine.bucket}` });
      expect(outcome).toEqual([503, 'ServiceUnavailable']);
    });
  });

  describe('where managed buckets live in a store of their own', () => {
    it('is no endpoint at all', async () => {
      const app = await open({ override: (container) => rebind(container, ports.uploads, undefined) });
      const world = await s3World(app);
      const at = new Date(app.clock.now());
      const answer = await raw(
        app,
        await signed(app, world.mine, { path: `/s3/${world.mine.bucket}` }, { at }),
      );
      expect([answer.status, answer.headers['content-type']]).toEqual([
        404,
        'application/json; charset=utf-8',
      ]);
      await app.close();
    });
  });
};

import { beforeAll, describe, expect, it } from 'vitest';
import { contexts, ports } from '../../../src/composition/tokens.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import type { TestApp } from '../../support/app.js';
import { type Call, type Client, join, type World } from '../../support/client.js';
import { keptBucket } from './kept-buckets.rig.js';
import { type Open, onStage } from './rig.js';

/** The bucket that the platform writes packs to: one of the project's, and nobody's to write to. */
export const keptBucketsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let id: string;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  beforeAll(async () => {
    ({ id } = await keptBucket(app, here));
  });
  const at = (rest = '') => `/v1/buckets/${id}${rest}`;
  const ask = async (line: string, token: string, more: Call = {}) => {
    const { status, body, text } = await call(line, { token, ...more });
    return status === 403 ? [status, body.error.code] : [status, text.includes('what was done')];
  };
  const refused = [403, 'forbidden'];

  describe('a bucket that the platform keeps', () => {
    it('is listed and counted with the others, without a key that opens it', async () => {
      const { token } = here.owner;
      const { body } = await call(`GET /v1/projects/${here.projectId}/buckets`, { token });
      expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['files', 'review-packs']);
      const limits = await call(`GET /v1/projects/${here.projectId}/entitlements`, { token });
      expect(limits.body.items.find(({ feature }: { feature: string }) => feature === 'buckets').used).toBe(
        2,
      );
      const seen = await call(`GET ${at()}`, { token });
      expect([seen.status, Object.keys(seen.body)]).toEqual([
        200,
        expect.not.arrayContaining(['access_key_id', 'secret_access_key']),
      ]);
      const readers = app.container.get(ports.storageReaders);
      const { bucket } = (await readers.bucket(here.projectId as AccountId, id))._unsafeUnwrap();
      const { s3 } = app.container.get(contexts.storage);
      expect((await s3?.openByKey(bucket.accessKeyId))?._unsafeUnwrapErr()).toEqual({
        kind: 'unknown_access_key',
      });
    });

    it('is read by admins and owners, and by no other member', async () => {
      const keyOf = async (role: string) =>
        (
          await call('POST /v1/api-keys', {
            token: here.owner.token,
            json: { name: role, role, project_id: here.projectId },
          })
        ).body.key;
      const reads = ['/objects', '/objects/download?key=pack-1.zip', '/objects/download?key=&recursive=true'];
      for (const [token, may] of [
        [here.owner.token, true],
        [here.admin.token, true],
        [await keyOf('admin'), true],
        [here.member.token, false],
        [await keyOf('member'), false],
      ] as const) {
        const [list, object] = await Promise.all(reads.map((path) => ask(`GET ${at(path)}`, token)));
        expect([list, object]).toEqual(
          may
            ? [
                [200, false],
                [200, true],
              ]
            : [refused, refused],
        );
      }
    });

    it('is written to by nobody, whichever way they come', async () => {
      for (const { token } of [here.owner, here.member]) {
        for (const line of [
          `PUT ${at('/objects?key=pack-1.zip')}`,
          `DELETE ${at('/objects?key=pack-1.zip')}`,
          `DELETE ${at('/objects?key=pack&recursive=true')}`,
        ])
          expect([line, await ask(line, token, line.startsWith('PUT') ? { bytes: 'forged' } : {})]).toEqual([
            line,
            refused,
          ]);
        for (const method of ['GET', 'PUT']) {
          const json = { method, key: 'pack-1.zip' };
          expect(await ask(`POST ${at('/objects:presign')}`, token, { json })).toEqual(refused);
        }
      }
      const json = { bucket_id: id, region: 'local' };
      const mounted = await call(`POST /v1/projects/${here.projectId}/file-systems`, {
        token: here.owner.token,
        json,
      });
      expect([mounted.status, mounted.text]).toEqual([409, expect.stringContaining('source_not_ready')]);
      expect(await ask(`GET ${at('/objects/download?key=pack-1.zip')}`, here.owner.token)).toEqual([
        200,
        true,
      ]);
    });

    it('is closed to who is an admin no more', async () => {
      const was = await join(app, call, here.projectId, here.owner, 'admin');
      const members = await call(`GET /v1/projects/${here.projectId}/memberships`, {
        token: here.owner.token,
      });
      const { id: membership } = members.body.items.find(
        ({ user_id, email }: { user_id: string; email: string }) => user_id === was.id || email === was.email,
      );
      expect(await ask(`GET ${at('/objects')}`, was.token)).toEqual([200, false]);
      const lowered = await call(`PATCH /v1/projects/${here.projectId}/memberships/${membership}`, {
        token: here.owner.token,
        json: { role: 'member' },
      });
      expect([lowered.status, lowered.text]).toEqual([200, lowered.text]);
      expect(await ask(`GET ${at('/objects')}`, was.token)).toEqual(refused);
    });

    it('is deleted whole as any other, and nobody makes one of its name', async () => {
      const json = { name: 'review-packs', region: 'local' };
      const make = () =>
        call(`POST /v1/projects/${here.projectId}/buckets`, { token: here.owner.token, json });
      expect((await ask(`DELETE ${at()}`, here.member.token))[0]).toBe(403);
      expect((await ask(`DELETE ${at()}`, here.admin.token))[0]).toBe(204);
      await app.drain();
      expect((await ask(`GET ${at()}`, here.admin.token))[0]).toBe(404);
      const again = await make();
      expect([again.status, again.body.error.code]).toEqual([400, 'invalid_bucket_name']);
    });
  });
};

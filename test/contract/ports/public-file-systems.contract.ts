import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { PublicFileSystems } from '../../../src/ports/fleet/public-file-systems.js';
import { AT } from '../../support/accounts.js';
import { aPublicFileSystem } from '../../support/storage.js';

export const publicFileSystemsContract = (name: string, open: () => Promise<PublicFileSystems>) =>
  describe(`PublicFileSystems: ${name}`, () => {
    it('lists nothing at first, then what was published: oldest first, by id within a moment', async () => {
      const fileSystems = await open();
      expect(await fileSystems.list()).toEqual(ok([]));
      const [a, b] = [aPublicFileSystem(), aPublicFileSystem({ name: 'Weather', nfsPort: 12_049 })];
      const oldest = aPublicFileSystem({ createdAt: plus(AT, -MINUTE), description: '' });
      for (const entry of [b, a, oldest]) expect(await fileSystems.publish(entry)).toEqual(ok(undefined));
      expect(await fileSystems.list()).toEqual(ok([oldest, a, b]));
    });

    it('gives the oldest thousand and no more', async () => {
      const fileSystems = await open();
      const entries = Array.from({ length: 1_001 }, (_, i) =>
        aPublicFileSystem({ name: `${i}`, createdAt: plus(AT, -i) }),
      );
      await Promise.all(entries.map((entry) => fileSystems.publish(entry)));
      const listed = (await fileSystems.list())._unsafeUnwrap();
      expect(listed.map((entry) => entry.name)).toEqual(
        Array.from({ length: 1_000 }, (_, i) => `${1_000 - i}`),
      );
    });
  });

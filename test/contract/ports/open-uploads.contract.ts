import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { DAY, HOUR, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { ObjectKey } from '../../../src/domain/storage/object-key.js';
import type { JournaledUpload, OpenUploads } from '../../../src/ports/storage/open-uploads.js';
import { AT, newId } from '../../support/accounts.js';

const anUpload = (over: Partial<JournaledUpload> = {}): JournaledUpload => ({
  id: newId(),
  owner: { kind: 'managed' },
  bucket: 'th-bucket',
  key: 'a/häuser 📦.bin' as ObjectKey,
  uploadId: `upload ${newId()} + /=`,
  begunAt: AT,
  ...over,
});
const DUE = plus(AT, DAY);
const AGAIN = plus(DUE, HOUR);

export const openUploadsContract = (name: string, open: () => Promise<OpenUploads>) =>
  describe(`OpenUploads: ${name}`, () => {
    const begun = async (uploads: OpenUploads, count: number) => {
      const all = Array.from({ length: count }, () => anUpload());
      for (const upload of all) expect(await uploads.begin(upload, DUE)).toEqual(ok(undefined));
      return all;
    };

    it('hands a due upload out as it was begun, in the operator’s store or a customer’s', async () => {
      const uploads = await open();
      const owner = { kind: 'connection', accountId: newId() as AccountId, connectionId: newId() } as const;
      const [managed, foreign] = [anUpload(), anUpload({ owner, begunAt: plus(AT, 1) })];
      expect(await uploads.begin(foreign, plus(DUE, 1))).toEqual(ok(undefined));
      expect(await uploads.begin(managed, DUE)).toEqual(ok(undefined));
      expect(await uploads.claim(plus(DUE, 1), AGAIN, 10)).toEqual(ok([managed, foreign]));
    });

    it('hands nothing out before it is due', async () => {
      const uploads = await open();
      const [upload] = await begun(uploads, 1);
      expect(await uploads.claim(plus(DUE, -1), AGAIN, 10)).toEqual(ok([]));
      expect(await uploads.claim(DUE, AGAIN, 10)).toEqual(ok([upload]));
    });

    it('forgets an upload that ended, however often that is said', async () => {
      const uploads = await open();
      const [ended, other] = await begun(uploads, 2);
      for (let i = 0; i < 2; i += 1) expect(await uploads.end(ended?.id ?? '')).toEqual(ok(undefined));
      expect(await uploads.claim(DUE, AGAIN, 10)).toEqual(ok([other]));
    });

    it('puts those off that are renewed, and nobody else', async () => {
      const uploads = await open();
      const [one, other, third] = await begun(uploads, 3);
      expect(await uploads.renew([one?.id ?? '', third?.id ?? '', newId()], AGAIN)).toEqual(ok(undefined));
      expect(await uploads.claim(plus(AGAIN, -1), plus(AGAIN, DAY), 10)).toEqual(ok([other]));
      expect(await uploads.claim(AGAIN, plus(AGAIN, DAY), 10)).toEqual(ok([one, third]));
    });

    it('never brings forward what is renewed, nor brings back what ended', async () => {
      const uploads = await open();
      const [upload, ended] = await begun(uploads, 2);
      expect(await uploads.end(ended?.id ?? '')).toEqual(ok(undefined));
      expect(await uploads.renew([upload?.id ?? '', ended?.id ?? ''], plus(AT, HOUR))).toEqual(ok(undefined));
      expect(await uploads.claim(plus(DUE, -MINUTE), AGAIN, 10)).toEqual(ok([]));
      expect(await uploads.claim(DUE, AGAIN, 10)).toEqual(ok([upload]));
      expect(await uploads.renew([], AGAIN)).toEqual(ok(undefined));
    });

    it('hands out what nobody ended again, later', async () => {
      const uploads = await open();
      const [upload] = await begun(uploads, 1);
      expect(await uploads.claim(DUE, AGAIN, 10)).toEqual(ok([upload]));
      expect(await uploads.claim(plus(AGAIN, -1), plus(AGAIN, HOUR), 10)).toEqual(ok([]));
      expect(await uploads.claim(AGAIN, plus(AGAIN, HOUR), 10)).toEqual(ok([upload]));
    });

    it('gives a few at a time, longest due first, so that one that fails does not hold up the rest', async () => {
      const uploads = await open();
      const all = await begun(uploads, 5);
      const first = (await uploads.claim(DUE, AGAIN, 3))._unsafeUnwrap();
      const rest = (await uploads.claim(DUE, AGAIN, 3))._unsafeUnwrap();
      expect([...first, ...rest]).toEqual(all);
      expect(first).toHaveLength(3);
    });

    it('finds those behind one connection, due or not, and leaves them as they are', async () => {
      const uploads = await open();
      const owner = { kind: 'connection', accountId: newId() as AccountId, connectionId: newId() } as const;
      const behind = [3, 1, 2].map((n) => anUpload({ owner, begunAt: plus(AT, n) }));
      const others = [
        anUpload(),
        anUpload({ owner: { ...owner, connectionId: newId() } }),
        anUpload({ owner: { ...owner, accountId: newId() as AccountId } }),
      ];
      for (const upload of [...behind, ...others])
        expect(await uploads.begin(upload, DUE)).toEqual(ok(undefined));
      const [third, first, second] = behind;
      const of = (limit: number) => uploads.ofConnection(owner.accountId, owner.connectionId, limit);
      expect(await of(10)).toEqual(ok([first, second, third]));
      expect(await of(2)).toEqual(ok([first, second]));
      expect(await uploads.ofConnection(owner.accountId, newId(), 10)).toEqual(ok([]));
      expect((await uploads.claim(DUE, AGAIN, 10))._unsafeUnwrap()).toHaveLength(6);
    });

    it('gives each upload to one of several callers at once', async () => {
      const uploads = await open();
      const all = await begun(uploads, 12);
      const claims = await Promise.all(Array.from({ length: 6 }, () => uploads.claim(DUE, AGAIN, 4)));
      const rest = (await uploads.claim(DUE, AGAIN, 100))._unsafeUnwrap();
      const given = [...claims.flatMap((claim) => claim._unsafeUnwrap()), ...rest].map(({ id }) => id);
      expect(given.sort()).toEqual(all.map(({ id }) => id).sort());
    });
  });

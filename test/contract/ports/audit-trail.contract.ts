import { errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import type { Place } from '../../../src/domain/shared/page.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { AuditEntry } from '../../../src/ports/shared/audit.js';
import type { AuditRecord, AuditTrail } from '../../../src/ports/shared/audit-trail.js';
import { pagesOf } from '../../support/pages.js';
import { AT, newId, type SharedRig } from './shared.rig.js';

export type AuditTrailRig = SharedRig & { readonly trail: AuditTrail };

const entry = (accountId: AccountId, over: Partial<AuditEntry> = {}): AuditEntry => ({
  accountId,
  actor: { kind: 'user', id: newId() },
  action: 'thing.change',
  target: newId(),
  requestId: 'a-request',
  at: AT,
  ...over,
});

export const auditTrailContract = (name: string, open: () => Promise<AuditTrailRig>) =>
  describe(`AuditTrail: ${name}`, () => {
    let rig: AuditTrailRig;
    beforeAll(async () => {
      rig = await open();
    });
    /** Each in a unit of its own, one after the other. */
    const given = async (...entries: readonly AuditEntry[]): Promise<void> => {
      for (const one of entries) (await rig.units.run((tx) => tx.audit.record(one)))._unsafeUnwrap();
    };
    const pageOf = async (account: AccountId, size = 10, after?: string) =>
      (await rig.trail.of(account, { size, after }))._unsafeUnwrap();
    const written = ({ id, ...rest }: AuditRecord) => {
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
      return rest;
    };

    it('answers what was recorded, whole', async () => {
      const account = await rig.newAccount();
      const full = entry(account, {
        actor: { kind: 'platform_admin', id: newId() },
        network: '192.0.2.0/24',
        data: { before: { limit: 1 }, after: { limit: [2, null, 'three'] } },
      });
      const bare = entry(account, { actor: { kind: 'system' }, at: plus(AT, 1) });
      await given(full, bare);
      const { items, next } = await pageOf(account);
      expect(items.map(written)).toEqual([bare, full]);
      expect(next).toBeUndefined();
    });

    it('knows every kind of actor', async () => {
      const account = await rig.newAccount();
      const kinds = [
        'user',
        'api_key',
        'organization_client',
        'platform_admin',
        'system',
        'webhook',
        'anonymous',
      ] as const;
      await given(...kinds.map((kind) => entry(account, { actor: { kind } })));
      const { items } = await pageOf(account);
      expect(items.map(({ actor }) => actor.kind).reverse()).toEqual([...kinds]);
    });

    it('gives the newest first, page by page, each once, and a next page only while there is one', async () => {
      const account = await rig.newAccount();
      const actions = Array.from({ length: 7 }, (_, n) => `thing.${n}`);
      await given(...actions.map((action) => entry(account, { action })));
      for (const size of [1, 3, 7]) {
        const seen: string[] = [];
        let after: string | undefined;
        let pages = 0;
        do {
          const { items, next } = await pageOf(account, size, after);
          seen.push(...items.map(({ action }) => action));
          after = next;
          pages += 1;
        } while (after !== undefined);
        expect([seen, pages]).toEqual([[...actions].reverse(), Math.ceil(7 / size)]);
      }
    });

    it('goes on below what a reader has, whatever is written meanwhile', async () => {
      const account = await rig.newAccount();
      await given(entry(account, { action: 'first' }), entry(account, { action: 'second' }));
      const { items, next } = await pageOf(account, 1);
      await given(entry(account, { action: 'third' }));
      const rest = await pageOf(account, 10, next);
      expect([...items, ...rest.items].map(({ action }) => action)).toEqual(['second', 'first']);
    });

    it('shows nobody the entries of another account', async () => {
      const [mine, theirs] = [await rig.newAccount(), await rig.newAccount()];
      await given(entry(theirs, { action: 'theirs' }), entry(mine, { action: 'mine' }), entry(theirs));
      expect((await pageOf(mine)).items.map(({ action }) => action)).toEqual(['mine']);
      const [theirNewest] = (await pageOf(theirs, 1)).items;
      expect((await pageOf(mine, 10, theirNewest?.id)).items.map(({ action }) => action)).toEqual(['mine']);
    });

    it('gives those of a stretch of time, newest first, page by page, in whichever order they were written', async () => {
      const account = await rig.newAccount();
      const at = (minutes: number, action: string) =>
        entry(account, { at: plus(AT, minutes * MINUTE), action });
      await given(
        at(9, 'after'),
        at(2, 'c'),
        at(1, 'a'),
        at(3, 'end'),
        at(1, 'b'),
        at(0, 'before'),
        at(2, 'd'),
      );
      const other = await rig.newAccount();
      await given(entry(other, { at: plus(AT, MINUTE) }));
      const stretch = { from: plus(AT, MINUTE), to: plus(AT, 3 * MINUTE) };
      for (const size of [1, 2, 3, 9]) {
        const pages = await pagesOf<AuditRecord, Place>(
          (page) => rig.trail.within(account, stretch, page),
          size,
        );
        expect(pages.map(({ length }) => length)).toEqual(
          Array.from({ length: Math.ceil(4 / size) }, (_, n) => Math.min(size, 4 - n * size)),
        );
        expect(pages.flat().map(({ action }) => action)).toEqual(['d', 'c', 'b', 'a']);
      }
      const none = { from: plus(AT, 4 * MINUTE), to: plus(AT, 9 * MINUTE) };
      expect(await rig.trail.within(account, none, { size: 5 })).toEqual(ok({ items: [] }));
    });

    it('knows nothing of units that came to nothing', async () => {
      const account = await rig.newAccount();
      const undone = await rig.units.run((tx) =>
        tx.audit.record(entry(account)).andThen(() => errAsync('not after all' as const)),
      );
      expect(undone.isErr()).toBe(true);
      expect(await pageOf(account)).toEqual({ items: [] });
    });
  });

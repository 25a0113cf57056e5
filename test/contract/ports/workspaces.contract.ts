import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WorkspaceSetting, WorkspaceSubscription } from '../../../src/domain/entitlements/lifecycle.js';
import { advancePack, followed } from '../../../src/domain/entitlements/pack.js';
import type { AccountId, UserId } from '../../../src/domain/shared/ids.js';
import { HOUR, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type {
  PackSubject,
  WorkspaceReaders,
  WorkspacesUnitOfWork,
} from '../../../src/ports/entitlements/workspaces.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, aMember, aSession, newAccountId, newId } from '../../support/accounts.js';
import { meeting } from '../../support/meeting.js';
import { pagesOf } from '../../support/pages.js';
import { type AccountsRig, outcomes, settling, value } from './accounts.rig.js';

export type WorkspacesRig = AccountsRig & {
  readonly workspaces: WorkspacesUnitOfWork;
  readonly workspaceReaders: WorkspaceReaders;
};

const LATER = plus(AT, HOUR);

const aRecord = (over: Partial<WorkspaceSubscription> = {}): WorkspaceSubscription => ({
  version: 1,
  state: 'active',
  billingReference: 'INV-7',
  statusReason: 'Paid by bank transfer',
  periodStartsAt: AT,
  periodEndsAt: plus(AT, 30 * 24 * HOUR),
  since: AT,
  changedAt: AT,
  changedBy: newId(),
  ...over,
});
const aSetting = (over: Partial<WorkspaceSetting> = {}): WorkspaceSetting => ({
  version: 1,
  state: 'grace',
  reason: 'Invoice disputed',
  changedAt: AT,
  changedBy: newId(),
  ...over,
});

const newPack = (subject: PackSubject, by: UserId, over: { fingerprint?: string } = {}) => {
  const pack = {
    ...subject,
    id: newId(),
    version: 1,
    order: { format: 'csv', from: AT, to: LATER, asked: { from: AT }, notes: { for: 'the board' } },
    fingerprint: over.fingerprint ?? 'the same',
    status: 'queued',
    requestedAt: AT,
    requestedBy: by,
    updatedAt: AT,
  } as const;
  const run = {
    id: newId(),
    version: 1,
    accountId: subject.accountId,
    operation: 'review_pack.generate',
    packId: pack.id,
    status: 'queued',
    queuedAt: AT,
  } as const;
  return [pack, run] as const;
};

export const workspacesContract = (name: string, open: () => Promise<WorkspacesRig>) =>
  describe(`WorkspacesUnitOfWork and its readers: ${name}`, () => {
    let rig: WorkspacesRig;
    let given: ReturnType<typeof settling>;
    beforeAll(async () => {
      rig = await open();
      given = settling(rig);
    });

    /** An account with its draft, as those make it who make accounts. */
    const workspace = async () => {
      const owned = await given.owner();
      await value(rig.accounts.run((tx) => tx.onboarding.begin(newId(), owned.account.id, AT)));
      const ref = await value(rig.workspaceReaders.byAccount(owned.account.id));
      return { ...owned, ref, subject: { accountId: owned.account.id, kind: 'review' } as const };
    };
    const assert = (account: AccountId, record: WorkspaceSubscription) =>
      rig.workspaces.run((tx) => tx.truth.assert(account, record));
    const add = async (subject: PackSubject, by: UserId, over = {}) =>
      value(rig.workspaces.run((tx) => tx.packs.add(...newPack(subject, by, over))));

    it('keeps one record of each workspace, each version in place of the one before it', async () => {
      const { account, ref } = await workspace();
      expect(await rig.workspaceReaders.standing(account.id)).toEqual(ok({}));
      const [first, second] = [
        aRecord(),
        aRecord({ version: 2, state: 'trial', trialEndsAt: LATER, billingReference: undefined }),
      ];
      expect(await assert(account.id, second)).toEqual(err({ kind: 'stale_version', id: account.id }));
      expect(await assert(account.id, first)).toEqual(ok(undefined));
      expect(await assert(account.id, first)).toEqual(err({ kind: 'stale_version', id: account.id }));
      expect(await rig.workspaceReaders.standing(account.id)).toEqual(ok({ subscription: first }));
      expect(await assert(account.id, second)).toEqual(ok(undefined));
      expect(await rig.workspaces.run((tx) => tx.truth.of(account.id))).toEqual(ok({ subscription: second }));
      expect(await rig.workspaceReaders.byNumber(ref.number)).toEqual(
        ok({ workspace: ref, subscription: second }),
      );
    });

    it('lets one of two who assert at the same moment win', async () => {
      const { account } = await workspace();
      const met = meeting(2);
      const come = () =>
        rig.workspaces.run((tx) => met().andThen(() => tx.truth.assert(account.id, aRecord())));
      expect(await outcomes([come(), come()])).toEqual(['ok', 'stale_version']);
    });

    it('keeps a setting beside the record, and tells the address of who said the last word', async () => {
      const { account, ref } = await workspace();
      const admin = await given.user();
      const set = (setting: WorkspaceSetting) =>
        rig.workspaces.run((tx) => tx.truth.set(account.id, setting));
      expect(await set(aSetting())).toEqual(ok(undefined));
      const last = aSetting({ version: 2, state: 'suspended_read_only', changedBy: admin.id });
      for (const late of [aSetting(), aSetting({ version: 3 })])
        expect(await set(late)).toEqual(err({ kind: 'stale_version', id: account.id }));
      expect(await set(last)).toEqual(ok(undefined));
      const view = { workspace: ref, setting: last, changedByEmail: admin.email };
      expect(await rig.workspaceReaders.byNumber(ref.number)).toEqual(ok(view));
      const record = aRecord({ changedBy: 'an import' });
      await value(assert(account.id, record));
      expect(await rig.workspaceReaders.byNumber(ref.number)).toEqual(
        ok({ workspace: ref, setting: last, subscription: record }),
      );
    });

    it('makes decisions from what is said by then, inside the same unit too', async () => {
      const { account } = await workspace();
      const states = await value(
        rig.workspaces.run((tx) =>
          tx.facts(account.id, AT, ['review_packs']).andThen((before) =>
            tx.truth
              .assert(account.id, aRecord({ state: 'ended' }))
              .andThen(() => tx.facts(account.id, AT, ['review_packs']))
              .map((after) =>
                [before, after].map(({ lifecycle, features }) => [lifecycle.state, features.size]),
              ),
          ),
        ),
      );
      expect(states).toEqual([
        ['active_paid', 1],
        ['suspended_read_only', 1],
      ]);
    });

    it('finds a draft by its number in its own account only, and completes it once', async () => {
      const [one, other] = [await workspace(), await workspace()];
      const draft = await value(rig.workspaceReaders.draftOf(one.account.id));
      expect(draft).toEqual({
        id: draft.id,
        number: draft.number,
        version: 1,
        accountId: one.account.id,
        createdAt: AT,
      });
      expect(await rig.workspaceReaders.draft(one.account.id, draft.number)).toEqual(ok(draft));
      expect(await rig.workspaceReaders.draft(other.account.id, draft.number)).toEqual(err(NOT_FOUND));
      expect(await rig.workspaces.run((tx) => tx.drafts.get(other.account.id, draft.number))).toEqual(
        err(NOT_FOUND),
      );
      const completed = { ...draft, completed: { at: LATER, by: one.user.id } };
      const met = meeting(2);
      const come = () => rig.workspaces.run((tx) => met().andThen(() => tx.drafts.save(completed)));
      expect(await outcomes([come(), come()])).toEqual(['ok', 'stale_version']);
      expect(await rig.workspaceReaders.draftOf(one.account.id)).toEqual(ok({ ...completed, version: 2 }));
      expect(await rig.workspaceReaders.draftOf(newAccountId())).toEqual(err(NOT_FOUND));
    });

    it('numbers reviews and lists them newest first, page by page, of one account', async () => {
      const [{ account, user }, other] = [await workspace(), await workspace()];
      const made = [];
      for (const title of ['First', 'Second', 'Third'])
        made.push(
          await value(
            rig.workspaces.run((tx) =>
              tx.reviews.add({
                id: newId(),
                accountId: account.id,
                title,
                note: title === 'First' ? undefined : 'With a note',
                from: AT,
                to: LATER,
                createdAt: AT,
                createdBy: user.id,
              }),
            ),
          ),
        );
      expect(new Set(made.map(({ number }) => number)).size).toBe(3);
      const [first] = made;
      if (!first) throw new Error('there is a first one');
      expect(await rig.workspaceReaders.review(account.id, first.number)).toEqual(ok(first));
      expect(await rig.workspaceReaders.review(other.account.id, first.number)).toEqual(err(NOT_FOUND));
      const pages = await pagesOf((page) => rig.workspaceReaders.reviewsOf(account.id, page), 2);
      expect(pages).toEqual([[made[2], made[1]], [made[0]]]);
      expect(await rig.workspaceReaders.reviewsOf(other.account.id, { size: 5 })).toEqual(ok({ items: [] }));
    });

    it('keeps a pack with its run from the queue to its end, and tells of it in its own account only', async () => {
      const [{ account, user, subject }, other] = [await workspace(), await workspace()];
      const queued = await add(subject, user.id);
      expect(await rig.workspaceReaders.pack(account.id, queued.pack.number)).toEqual(ok(queued));
      expect(await rig.workspaceReaders.pack(other.account.id, queued.pack.number)).toEqual(err(NOT_FOUND));
      expect(queued.pack.order).toEqual(newPack(subject, user.id)[0].order);
      const step = async (both: typeof queued, action: 'begin' | 'finish', outcome = {}) => {
        const pack = advancePack(both.pack, action, LATER, outcome)._unsafeUnwrap();
        return rig.workspaces.run((tx) => tx.packs.save({ pack, run: followed(both.run, pack) }));
      };
      const running = (await step(queued, 'begin'))._unsafeUnwrap();
      expect(await step(queued, 'begin')).toEqual(err({ kind: 'stale_version', id: queued.pack.id }));
      const file = { bucketId: newId(), key: 'pack-1.zip', size: 7, sha256: 'c3Vt' };
      const ready = (await step(running, 'finish', { file }))._unsafeUnwrap();
      expect(ready).toMatchObject({
        pack: { version: 3, status: 'ready', file },
        run: { version: 3, status: 'succeeded', startedAt: LATER, endedAt: LATER },
      });
      expect(await rig.workspaces.run((tx) => tx.packs.byId(account.id, ready.pack.id))).toEqual(ok(ready));
      expect(await rig.workspaces.run((tx) => tx.packs.byId(other.account.id, ready.pack.id))).toEqual(
        err(NOT_FOUND),
      );
      const again = await add(subject, user.id);
      expect(await rig.workspaceReaders.packsOf(account.id, { size: 1 })).toEqual(
        ok({ items: [again], next: again.pack.id }),
      );
      expect(await rig.workspaceReaders.packsOf(account.id, { size: 1, after: again.pack.id })).toEqual(
        ok({ items: [ready] }),
      );
    });

    it('has one pack of a subject under way, whoever comes at the same moment', async () => {
      const { user, subject } = await workspace();
      const met = meeting(2);
      let firstTries = 2;
      const come = () =>
        rig.workspaces.run((tx) =>
          tx.packs.underWay(subject).andThen((before) => {
            if (before !== undefined) return ok(before);
            firstTries -= 1;
            const added = () => tx.packs.add(...newPack(subject, user.id));
            return firstTries >= 0 ? met().andThen(added) : added();
          }),
        );
      const [one, other] = (await Promise.all([come(), come()])).map((result) => result._unsafeUnwrap());
      expect(one).toEqual(other);
      const kinds = { ...subject, kind: 'executive', reviewNumber: 1 } as const;
      expect(await rig.workspaces.run((tx) => tx.packs.underWay(kinds))).toEqual(ok(undefined));
    });

    it('finds the newest pack that was made of the same', async () => {
      const { user, subject } = await workspace();
      const finished = async (fingerprint: string, action: 'finish' | 'fail') => {
        const { pack, run } = await add(subject, user.id, { fingerprint });
        const outcome =
          action === 'fail' ? { failure: 'full' } : { file: { bucketId: newId(), key: 'k', size: 1 } };
        const begun = advancePack(pack, 'begin', LATER)._unsafeUnwrap();
        const over = advancePack(begun, action, LATER, outcome)._unsafeUnwrap();
        return value(rig.workspaces.run((tx) => tx.packs.save({ pack: over, run: followed(run, over) })));
      };
      await finished('a', 'finish');
      const newest = await finished('a', 'finish');
      await finished('b', 'finish');
      await finished('a', 'fail');
      const made = (fingerprint: string) => rig.workspaces.run((tx) => tx.packs.made(subject, fingerprint));
      expect(await made('a')).toEqual(ok(newest));
      expect(await made('c')).toEqual(ok(undefined));
    });

    it('puts a session into a workspace, and out of it when its user is no member any more', async () => {
      const [one, other] = [await workspace(), await workspace()];
      const { user } = one;
      const session = aSession(user.id);
      await value(rig.accounts.run((tx) => tx.sessions.add(session)));
      const places = async (id = session.id, of = user.id) =>
        (await value(rig.workspaceReaders.placesOf(of, id))).map(({ workspace: { number }, role }) => [
          number,
          role,
        ]);
      expect(await places()).toEqual([[one.ref.number, 'owner']]);
      const joined = await given.membership(aMember(other.account.id, user.id, { role: 'member' }));
      expect((await places()).sort()).toEqual(
        [
          [one.ref.number, 'owner'],
          [other.ref.number, 'member'],
        ].sort(),
      );
      await value(rig.workspaces.run((tx) => tx.enter(session.id, other.account.id)));
      expect(await places()).toEqual([[other.ref.number, 'member']]);
      expect(await places(session.id, other.user.id)).toEqual([]);
      expect(await places(newId())).toEqual([]);
      await value(rig.accounts.run((tx) => tx.memberships.remove(joined)));
      expect(await places()).toEqual([]);
    });

    it('lists the workspaces of a user and all there are, but none that is deleted', async () => {
      const made = [await workspace(), await workspace(), await workspace()];
      const user = await given.user();
      for (const { account } of made) await given.membership(aMember(account.id, user.id));
      const [first, second, third] = made;
      if (!first || !second || !third) throw new Error('there are three');
      const pages = await pagesOf((page) => rig.workspaceReaders.ofUser(user.id, page), 2);
      expect(pages).toEqual([[first.ref, second.ref], [third.ref]]);
      await given.deleted(third.account);
      expect(await rig.workspaceReaders.ofUser(user.id, { size: 5 })).toEqual(
        ok({ items: [first.ref, second.ref] }),
      );
      const all = (await pagesOf((page) => rig.workspaceReaders.all(page), 3)).flat();
      expect(all).toEqual(expect.arrayContaining([first.ref, second.ref]));
      expect(all).not.toContainEqual(third.ref);
      expect(await rig.workspaceReaders.byNumber(third.ref.number)).toEqual(err(NOT_FOUND));
      expect(await rig.workspaceReaders.byAccount(third.account.id)).toEqual(err(NOT_FOUND));
      expect(await rig.workspaceReaders.ofMember(user.id, second.ref.number)).toEqual(ok(second.ref));
      expect(await rig.workspaceReaders.ofMember(first.user.id, second.ref.number)).toEqual(err(NOT_FOUND));
    });

    it('knows who may look at all workspaces', async () => {
      const [viewer, admin] = [
        await given.user({ platformViewer: true }),
        await given.user({ platformAdmin: true }),
      ];
      const may = async (id: UserId) => value(rig.workspaceReaders.isPlatformViewer(id));
      expect([await may(viewer.id), await may(admin.id)]).toEqual([true, false]);
      const demoted = { ...viewer, platformViewer: undefined, updatedAt: plus(AT, MINUTE) };
      await value(rig.accounts.run((tx) => tx.users.save(demoted)));
      expect(await may(viewer.id)).toBe(false);
    });

    it('leaves nothing of a unit that answers Err', async () => {
      const { account, user, subject } = await workspace();
      const undone = await rig.workspaces.run((tx) =>
        tx.truth
          .assert(account.id, aRecord())
          .andThen(() => tx.packs.add(...newPack(subject, user.id)))
          .andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await rig.workspaceReaders.standing(account.id)).toEqual(ok({}));
      expect(await rig.workspaceReaders.packsOf(account.id, { size: 5 })).toEqual(ok({ items: [] }));
      await add(subject, user.id);
    });
  });

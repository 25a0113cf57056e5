import { err, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.js';
import {
  type Accepted,
  accept,
  changeRole,
  deny,
  type Invited,
  type Membership,
  mayLeave,
} from '../../../src/domain/accounts/membership.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { AccountsTx } from '../../../src/ports/accounts/unit-of-work.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, address, aMember, anInvitation, newId } from '../../support/accounts.js';
import { meeting } from '../../support/meeting.js';
import { type AccountsRig, outcomes, settling, value } from './accounts.rig.js';

const LATER = plus(AT, MINUTE);
const ALREADY_MEMBER = err({ kind: 'already_member' });

export const membershipsContract = (name: string, open: () => Promise<AccountsRig>) =>
  describe(`Memberships: ${name}`, () => {
    let rig: AccountsRig;
    let given: ReturnType<typeof settling>;
    beforeAll(async () => {
      rig = await open();
      given = settling(rig);
    });
    const run = <T, E>(work: Parameters<typeof rig.accounts.run<T, E>>[0]) => rig.accounts.run(work);
    const get = (id: string) => run((tx) => tx.memberships.get(id));
    const add = (m: Membership) => run((tx) => tx.memberships.add(m));
    const save = (m: Membership) => run((tx) => tx.memberships.save(m));
    const remove = (m: Membership) => run((tx) => tx.memberships.remove(m));

    const members = async (account: Account, role: Accepted['role'], n: number): Promise<Accepted[]> => {
      const added: Accepted[] = [];
      for (let i = 0; i < n; i += 1)
        added.push(await given.membership(aMember(account.id, (await given.user()).id, { role })));
      return added;
    };

    it('reads a membership back in each state of its life', async () => {
      const { account, membership } = await given.owner();
      expect(await get(membership.id)).toEqual(ok(membership));
      const goesThrough = async (answer: (m: Invited) => Membership) => {
        const invited = await given.membership(anInvitation(account.id, { role: 'admin' }));
        expect(await get(invited.id)).toEqual(ok(invited));
        const answered = { ...answer(invited), version: 2 };
        expect(await save(answer(invited))).toEqual(ok(answered));
        expect(await get(invited.id)).toEqual(ok(answered));
      };
      const { id: guest } = await given.user();
      await goesThrough((m) => accept(m, guest, LATER));
      await goesThrough((m) => deny(m, LATER));
    });

    it('finds no membership by an unknown id, and none that was removed', async () => {
      const { account } = await given.owner();
      const [member] = await members(account, 'member', 1);
      expect(await remove(member!)).toEqual(ok(undefined));
      expect(await get(member!.id)).toEqual(err(NOT_FOUND));
      expect(await get(newId())).toEqual(err(NOT_FOUND));
    });

    it('refuses to save or remove over a version it has not read', async () => {
      const { membership } = await given.owner();
      await value(save(membership));
      const stale = err({ kind: 'stale_version', id: membership.id });
      expect(await save(membership)).toEqual(stale);
      expect(await remove(membership)).toEqual(stale);
      expect(await remove({ ...membership, version: 2 })).toEqual(ok(undefined));
      expect(await save({ ...membership, version: 2 })).toEqual(stale);
    });

    it('has a user once in an account, and as often as there are accounts', async () => {
      const { account, user } = await given.owner();
      expect(await add(aMember(account.id, user.id))).toEqual(ALREADY_MEMBER);
      const invited = await given.membership(anInvitation(account.id));
      expect(await save(accept(invited, user.id, LATER))).toEqual(ALREADY_MEMBER);
      expect(await get(invited.id)).toEqual(ok(invited));
      const { account: other } = await given.owner();
      expect(await add(aMember(other.id, user.id))).toEqual(ok(undefined));
    });

    it('has a user again who was removed', async () => {
      const { account } = await given.owner();
      const [member] = await members(account, 'member', 1);
      await value(remove(member!));
      expect(await add(aMember(account.id, member!.userId))).toEqual(ok(undefined));
    });

    it('lets a unit that met a member already go on', async () => {
      const { account, user } = await given.owner();
      const invited = anInvitation(account.id);
      const result = await run((tx) =>
        tx.memberships.add(aMember(account.id, user.id)).orElse(() => tx.memberships.add(invited)),
      );
      expect(result).toEqual(ok(undefined));
      expect(await get(invited.id)).toEqual(ok(invited));
    });

    it('has one open invitation per address, and another after it was answered or withdrawn', async () => {
      const { account } = await given.owner();
      const email = address('guest@example.com');
      const invite = () => anInvitation(account.id, { email });
      const first = await given.membership(invite());
      expect(await add(invite())).toEqual(ALREADY_MEMBER);
      await value(save(deny(first, LATER)));
      const second = await given.membership(invite());
      await value(save(accept(second, (await given.user()).id, LATER)));
      const third = await given.membership(invite());
      await value(remove(third));
      expect(await add(invite())).toEqual(ok(undefined));
      const { account: other } = await given.owner();
      expect(await add(anInvitation(other.id, { email }))).toEqual(ok(undefined));
    });

    it('takes in one of two invitations that a user accepts at the same moment', async () => {
      const { account } = await given.owner();
      const { id: user } = await given.user();
      const invited = [
        await given.membership(anInvitation(account.id)),
        await given.membership(anInvitation(account.id)),
      ];
      const met = meeting(2);
      const accepting = invited.map((m) =>
        run((tx) => met().andThen(() => tx.memberships.save(accept(m, user, LATER)))),
      );
      expect(await outcomes(accepting)).toEqual(['already_member', 'ok']);
    });

    it('counts the accepted owners of the account other than the one asked about', async () => {
      const { account, membership } = await given.owner();
      const others = (m: Membership) => run((tx) => tx.memberships.otherOwners(m));
      await members(account, 'admin', 1);
      await given.membership(anInvitation(account.id, { role: 'owner' }));
      await given.owner();
      expect(await others(membership)).toEqual(ok(0));
      const [second, third] = await members(account, 'owner', 2);
      expect(await others(membership)).toEqual(ok(2));
      await value(remove(second!));
      expect(await others(third!)).toEqual(ok(1));
    });

    const leave = (m: Accepted) => (tx: AccountsTx, others: number) =>
      mayLeave(m, others).asyncAndThen(() => tx.memberships.remove(m));
    const stepDown = (m: Accepted) => (tx: AccountsTx, others: number) =>
      changeRole(m, 'member', others).asyncAndThen((changed) => tx.memberships.save(changed));

    it.each([
      ['both leave', leave, leave],
      ['both step down', stepDown, stepDown],
      ['one leaves and one steps down', leave, stepDown],
    ])('keeps one of the last two owners when %s at the same moment', async (_, first, second) => {
      const { account, membership } = await given.owner();
      const [other] = await members(account, 'owner', 1);
      const met = meeting(2);
      const go = (m: Accepted, how: typeof leave | typeof stepDown) =>
        run((tx) =>
          tx.memberships
            .get(m.id)
            .andThen(() => met())
            .andThen(() => tx.memberships.otherOwners(m))
            .andThen((others) => how(m)(tx, others)),
        );
      expect(await outcomes([go(membership, first), go(other!, second)])).toEqual(['last_owner', 'ok']);
      const [left] = (await value(rig.readers.membersOf(account.id, { size: 10 }))).items.filter(
        (view) => view.membership.role === 'owner',
      );
      expect([membership.id, other!.id]).toContain(left?.membership.id);
    });

    it('lets all but one of five owners leave at the same moment', async () => {
      const { account, membership } = await given.owner();
      const owners = [membership, ...(await members(account, 'owner', 4))];
      const leaving = owners.map((m) =>
        run((tx) => tx.memberships.otherOwners(m).andThen((others) => leave(m)(tx, others))),
      );
      expect(await outcomes(leaving)).toEqual(['last_owner', 'ok', 'ok', 'ok', 'ok']);
    });

    it('knows the role of accepted members of live accounts', async () => {
      const { account, user } = await given.owner();
      const { account: other } = await given.owner();
      const roleOf = (of: Account) => run((tx) => tx.memberships.roleOf(of.id, user.id));
      expect(await roleOf(account)).toEqual(ok('owner'));
      await given.membership(anInvitation(other.id, { email: user.email }));
      expect(await roleOf(other)).toEqual(ok(undefined));
      await given.deleted(account);
      expect(await roleOf(account)).toEqual(ok(undefined));
    });

    it('finds an accepted member by the address they have as a user', async () => {
      const { account, user, membership } = await given.owner();
      const ofEmail = (email: string) => run((tx) => tx.memberships.ofEmail(account.id, address(email)));
      expect(await ofEmail(user.email)).toEqual(ok(membership));
      const { user: stranger } = await given.owner();
      expect(await ofEmail(stranger.email)).toEqual(ok(undefined));
      await given.membership(anInvitation(account.id, { email: stranger.email }));
      expect(await ofEmail(stranger.email)).toEqual(ok(undefined));
      expect(await ofEmail('nobody@example.com')).toEqual(ok(undefined));
    });
  });

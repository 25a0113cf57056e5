import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  accept,
  changeRole,
  deny,
  founding,
  type Invited,
  lifecycle,
  type Membership,
  mayGrant,
  mayLeave,
} from '../../../src/domain/accounts/membership.js';
import type { EmailAddress } from '../../../src/domain/accounts/user.js';
import type { AccountId, UserId } from '../../../src/domain/shared/ids.js';
import { atLeast, lesser, ROLES, type Role } from '../../../src/domain/shared/principal.js';
import { instant } from '../../../src/domain/shared/time.js';

const role = fc.constantFrom(...ROLES);
const at = instant(0);
const invited = (as: Role): Invited => ({
  id: 'm',
  version: 1,
  accountId: 'a' as AccountId,
  role: as,
  createdAt: at,
  status: 'invited',
  email: 'x@example.com' as EmailAddress,
  invitationSentAt: at,
});

it('never lets an account lose its last owner, whatever members do', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ who: fc.nat(4), act: fc.constantFrom('join', 'leave', 'promote'), to: role }), {
        maxLength: 40,
      }),
      (steps) => {
        const members = new Map<number, Membership>([
          [0, founding('0', 'a' as AccountId, 'u0' as UserId, at)],
        ]);
        const owners = () => [...members.values()].filter((m) => m.role === 'owner').length;
        for (const { who, act, to } of steps) {
          const m = members.get(who);
          if (!m) members.set(who, { ...accept(invited(to), `u${who}` as UserId, at), id: String(who) });
          else {
            const others = owners() - (m.role === 'owner' ? 1 : 0);
            if (act === 'leave' && mayLeave(m, others).isOk()) members.delete(who);
            if (act === 'promote') members.set(who, changeRole(m, to, others).unwrapOr(m));
          }
          expect(owners()).toBeGreaterThan(0);
        }
      },
    ),
  ));

it('orders roles, so that a cap never gives more than either side', () =>
  fc.assert(
    fc.property(role, role, (a, b) => {
      const least = lesser(a, b);
      expect(atLeast(a, least) && atLeast(b, least)).toBe(true);
      expect([a, b]).toContain(least);
    }),
  ));

it('lets nobody hand out more than a member’s rights, unless they own the account', () =>
  fc.assert(
    fc.property(role, role, (granter, given) => {
      expect(mayGrant(granter, given)).toBe(
        granter === 'owner' || (granter === 'admin' && given === 'member'),
      );
    }),
  ));

it('answers an invitation as its table says, and nothing else', () => {
  expect(lifecycle).toEqual({ invited: { accept: 'accepted', deny: 'denied' }, accepted: {}, denied: {} });
  const asked = invited('admin');
  expect(accept(asked, 'u' as UserId, at).status).toBe(lifecycle.invited.accept);
  expect(deny(asked, at).status).toBe(lifecycle.invited.deny);
});

it('keeps who was asked and when, however the invitation is answered', () => {
  const asked = invited('member');
  expect(accept(asked, 'u' as UserId, instant(5))).toMatchObject({
    status: 'accepted',
    userId: 'u',
    invitationSentAt: at,
    invitationAcceptedAt: 5,
  });
  expect(deny(asked, instant(5))).toMatchObject({
    status: 'denied',
    email: asked.email,
    invitationDeniedAt: 5,
  });
});

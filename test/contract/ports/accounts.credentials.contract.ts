import { err, errAsync, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ApiKey } from '../../../src/domain/accounts/api-key.js';
import { HOUR, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { Session } from '../../../src/ports/accounts/unit-of-work.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, anApiKey, aSession, aToken, newHash, newId, type OneTimeToken } from '../../support/accounts.js';
import { meeting } from '../../support/meeting.js';
import { type AccountsRig, outcomes, settling, value } from './accounts.rig.js';

const LATER = plus(AT, MINUTE);

export const credentialsContract = (name: string, open: () => Promise<AccountsRig>) => {
  let rig: AccountsRig;
  let given: ReturnType<typeof settling>;
  beforeAll(async () => {
    rig = await open();
    given = settling(rig);
  });

  describe(`ApiKeys: ${name}`, () => {
    const add = async (key: ApiKey): Promise<ApiKey> => {
      await value(rig.accounts.run((tx) => tx.apiKeys.add(key, newHash())));
      return key;
    };
    const get = (user: ApiKey['userId'], id: string) => rig.accounts.run((tx) => tx.apiKeys.get(user, id));
    const revoke = (user: ApiKey['userId'], id: string) =>
      rig.accounts.run((tx) => tx.apiKeys.revoke(user, id, LATER));

    it('reads back a key with all or none of its restrictions', async () => {
      const { user, account } = await given.owner();
      const free = await add(anApiKey(user.id));
      const bound = await add(
        anApiKey(user.id, {
          accountId: account.id,
          roleCap: 'admin',
          scopes: ['keys', 'billing'],
          expiresAt: plus(AT, HOUR),
          lastUsedAt: LATER,
        }),
      );
      expect(await get(user.id, free.id)).toEqual(ok(free));
      expect(await get(user.id, bound.id)).toEqual(ok(bound));
    });

    it('finds and revokes only the user’s own', async () => {
      const { id: user } = await given.user();
      const { id: other } = await given.user();
      const key = await add(anApiKey(user));
      expect(await get(other, key.id)).toEqual(err(NOT_FOUND));
      expect(await revoke(other, key.id)).toEqual(err(NOT_FOUND));
      expect(await get(user, key.id)).toEqual(ok(key));
      expect(await get(user, newId())).toEqual(err(NOT_FOUND));
    });

    it('is gone once revoked, and cannot be revoked again', async () => {
      const { id: user } = await given.user();
      const key = await add(anApiKey(user));
      const kept = await add(anApiKey(user));
      expect(await revoke(user, key.id)).toEqual(ok(undefined));
      expect(await get(user, key.id)).toEqual(err(NOT_FOUND));
      expect(await revoke(user, key.id)).toEqual(err(NOT_FOUND));
      expect(await get(user, kept.id)).toEqual(ok(kept));
    });
  });

  describe(`Sessions: ${name}`, () => {
    const start = async (userId: Session['userId']): Promise<string> => {
      const session = aSession(userId);
      await value(rig.accounts.run((tx) => tx.sessions.add(session)));
      return session.id;
    };
    const stands = async (sessionId: string): Promise<boolean> =>
      (await value(rig.access.find({ kind: 'session', sessionId }, { kind: 'none' }, LATER))) !== undefined;

    it('stands from its start until it is revoked; revoking again or nothing is no failure', async () => {
      const { id: user } = await given.user();
      const [ended, kept] = [await start(user), await start(user)];
      expect(await stands(ended)).toBe(true);
      for (const id of [ended, ended, newId()])
        expect(await rig.accounts.run((tx) => tx.sessions.revoke(id, LATER))).toEqual(ok(undefined));
      expect([await stands(ended), await stands(kept)]).toEqual([false, true]);
    });

    it('ends all of a user’s but one, or all, and nobody else’s', async () => {
      const { id: user } = await given.user();
      const strangers = await start((await given.user()).id);
      const [one, two, mine] = [await start(user), await start(user), await start(user)];
      await value(rig.accounts.run((tx) => tx.sessions.revokeAll(user, LATER, mine)));
      expect(await Promise.all([one, two, mine, strangers].map(stands))).toEqual([false, false, true, true]);
      await value(rig.accounts.run((tx) => tx.sessions.revokeAll(user, LATER)));
      expect(await Promise.all([mine, strangers].map(stands))).toEqual([false, true]);
    });
  });

  describe(`OneTimeTokens: ${name}`, () => {
    const add = async (over: Partial<OneTimeToken> = {}): Promise<OneTimeToken> => {
      const token = aToken(over);
      await value(rig.accounts.run((tx) => tx.oneTimeTokens.add(token)));
      return token;
    };
    it('tells whom a token stands for, also when it is used up, and only for its purpose', async () => {
      const token = await add();
      const subjectOf = (hash: string, purpose = token.purpose) =>
        rig.accounts.run((tx) => tx.oneTimeTokens.subjectOf(hash, purpose));
      expect(await subjectOf(token.hash)).toEqual(ok(token.subjectId));
      expect((await redeem(token)).isOk()).toBe(true);
      expect(await subjectOf(token.hash)).toEqual(ok(token.subjectId));
      expect(await subjectOf(newHash())).toEqual(err(NOT_FOUND));
      expect(await subjectOf(token.hash, 'reset_password')).toEqual(err(NOT_FOUND));
    });

    const redeem = ({ hash, purpose }: OneTimeToken, at = LATER) =>
      rig.accounts.run((tx) => tx.oneTimeTokens.redeem(hash, purpose, at));

    it('answers the subject once', async () => {
      const token = await add();
      expect(await redeem(token)).toEqual(ok(token.subjectId));
      expect(await redeem(token)).toEqual(err(NOT_FOUND));
    });

    it('opens nothing under another purpose, and is not used up by the attempt', async () => {
      const token = await add({ purpose: 'verify_email' });
      expect(await redeem({ ...token, purpose: 'reset_password' })).toEqual(err(NOT_FOUND));
      expect(await redeem({ ...token, hash: newHash() })).toEqual(err(NOT_FOUND));
      expect(await redeem(token)).toEqual(ok(token.subjectId));
    });

    it('lives until just before the moment it expires', async () => {
      const { expiresAt } = aToken();
      expect(await redeem(await add(), expiresAt)).toEqual(err(NOT_FOUND));
      const token = await add();
      expect(await redeem(token, plus(expiresAt, -1))).toEqual(ok(token.subjectId));
    });

    it('is not used up by a unit that answers Err', async () => {
      const token = await add();
      const undone = await rig.accounts.run((tx) =>
        tx.oneTimeTokens.redeem(token.hash, token.purpose, LATER).andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await redeem(token)).toEqual(ok(token.subjectId));
    });

    it('is found by one of two who come with it at the same moment', async () => {
      const token = await add();
      const met = meeting(2);
      const come = () =>
        rig.accounts.run((tx) =>
          met().andThen(() => tx.oneTimeTokens.redeem(token.hash, token.purpose, LATER)),
        );
      expect(await outcomes([come(), come()])).toEqual(['not_found', 'ok']);
    });

    it('is withdrawn with all open ones of its subject and purpose, and with no others', async () => {
      const subjectId = newId();
      const withdrawn = [await add({ subjectId }), await add({ subjectId })];
      const kept = [await add({ subjectId, purpose: 'verify_email' }), await add()];
      const result = await rig.accounts.run((tx) =>
        tx.oneTimeTokens.withdraw('invitation', subjectId, LATER),
      );
      expect(result).toEqual(ok(undefined));
      expect(await outcomes(withdrawn.map((token) => redeem(token)))).toEqual(['not_found', 'not_found']);
      expect(await outcomes(kept.map((token) => redeem(token)))).toEqual(['ok', 'ok']);
    });
  });
};

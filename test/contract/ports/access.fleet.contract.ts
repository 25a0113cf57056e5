import { beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.js';
import type { User } from '../../../src/domain/accounts/user.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { Target } from '../../../src/ports/accounts/access.js';
import { AT, aMember, anApiKey, aSession, newHash, newId } from '../../support/accounts.js';
import { aFileSystem, aGateway } from '../../support/fleet.js';
import { SECRET } from '../../support/storage.js';
import { type AccountsRig, settling, value } from './accounts.rig.js';

const LATER = plus(AT, MINUTE);

export const accessToFleetContract = (name: string, open: () => Promise<AccountsRig>) =>
  describe(`Access to the fleet: ${name}`, () => {
    let rig: AccountsRig;
    let given: ReturnType<typeof settling>;
    beforeAll(async () => {
      rig = await open();
      given = settling(rig);
    });

    const shownBy = async (kind: 'session' | 'api_key', { id }: User) => {
      if (kind === 'session') {
        const session = aSession(id);
        await value(rig.accounts.run((tx) => tx.sessions.add(session)));
        return { kind, sessionId: session.id } as const;
      }
      const hash = newHash();
      await value(rig.accounts.run((tx) => tx.apiKeys.add(anApiKey(id), hash)));
      return { kind, hash } as const;
    };
    type Shown = Awaited<ReturnType<typeof shownBy>>;
    const placeOf = async (shown: Shown, target: Target) => {
      const identity = await value(rig.access.find(shown, target, LATER));
      expect(identity).toBeDefined();
      return identity?.place;
    };

    const making = {
      file_system: async (account: AccountId) => {
        const made = aFileSystem(account);
        await value(rig.fleet.run((tx) => tx.fileSystems.add(made, SECRET)));
        const bury = () =>
          value(
            rig.fleet.run((tx) => tx.fileSystems.save({ ...made, status: 'terminating', phase: 'deleted' })),
          );
        return { id: made.id, bury };
      },
      gateway: async (account: AccountId) => {
        const made = aGateway(account);
        await value(rig.fleet.run((tx) => tx.gateways.add(made, AT)));
        const bury = () =>
          value(
            rig.fleet.run((tx) => tx.gateways.save({ ...made, status: 'terminating', phase: 'deleted' })),
          );
        return { id: made.id, bury };
      },
    };
    const kinds = ['file_system', 'gateway'] as const;
    const others = { file_system: 'gateway', gateway: 'file_system' } as const;
    const cases = (['session', 'api_key'] as const).flatMap((shown) =>
      kinds.map((kind) => [shown, kind] as const),
    );

    it.each(cases)(
      'places who shows a %s at a %s of their project, and at the tombstone of a file system',
      async (how, kind) => {
        const { user, account } = await given.owner();
        const admin = await given.user();
        await given.membership(aMember(account.id, admin.id, { role: 'admin' }));
        const made = await making[kind](account.id);
        const target = { kind, id: made.id };
        const shown = await shownBy(how, user);
        expect(await placeOf(shown, target)).toEqual({ account, role: 'owner' });
        expect(await placeOf(await shownBy(how, admin), target)).toEqual({ account, role: 'admin' });
        expect(await placeOf(shown, { kind: others[kind], id: made.id })).toBeUndefined();
        await made.bury();
        const left = kind === 'file_system' ? { account, role: 'owner' } : undefined;
        expect(await placeOf(shown, target)).toEqual(left);
      },
    );

    it.each(cases)(
      'places nobody who shows a %s at a %s that is not theirs, or nowhere',
      async (how, kind) => {
        const { user, account: mine } = await given.owner();
        const { account: theirs } = await given.owner();
        const shown = await shownBy(how, user);
        const { id } = await making[kind](theirs.id);
        expect(await placeOf(shown, { kind, id })).toBeUndefined();
        expect(await placeOf(shown, { kind, id: newId() })).toBeUndefined();
        await making[kind](mine.id);
        const left: Account = await given.deleted(mine);
        const forgotten = await making[kind](left.id);
        expect(await placeOf(shown, { kind, id: forgotten.id })).toBeUndefined();
      },
    );
  });

import { err, ok, safeTry } from 'neverthrow';
import { type Account, deleteAccount, newAccount, renameAccount } from '../../domain/accounts/account.js';
import { founding } from '../../domain/accounts/membership.js';
import { renameUser } from '../../domain/accounts/user.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Caller, Member } from '../../domain/shared/principal.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { impossible } from '../shared/impossible.js';
import { claim } from '../shared/once.js';
import { byCaller } from '../shared/record.js';
import type { AccountsDeps } from './deps.js';

/** `subscribed`: nothing lives in it, and a plan is being paid for. */
type ProjectNotEmpty = {
  readonly kind: 'project_not_empty';
  readonly state: 'in_use' | 'subscribed';
};

const eventOf = (account: Account, type: string, data: Readonly<Record<string, unknown>> = {}) => ({
  stream: account.id,
  seq: account.version,
  type,
  accountId: account.id,
  data,
  at: account.updatedAt,
});

/** A platform account with all its facets; its maker is the first owner. */
export const createProject =
  ({ accounts, ids, sealer }: AccountsDeps) =>
  (input: { name: string }, caller: Caller, once?: Once) => {
    const id = ids.next() as AccountId;
    return accounts.run((tx) =>
      safeTry(async function* () {
        const before = yield* claim(tx, once, { ids: { project: id } });
        if (before) return ok(yield* tx.accounts.get(before.ids['project'] as AccountId));
        const account = newAccount(id, 'platform', input.name, caller.userId, caller.at);
        yield* tx.accounts.add(account, sealer.newDataKey(id));
        yield* tx.memberships
          .add(founding(ids.next(), id, caller.userId, caller.at))
          .mapErr(impossible('already_member'));
        yield* tx.onboarding.begin(ids.next(), id, caller.at);
        yield* tx.events.append(eventOf(account, 'project.created', { name: input.name }));
        yield* tx.audit.record(byCaller(caller, { accountId: id, action: 'project.create', target: id }));
        return ok(account);
      }),
    );
  };

/** Changes what is given; nothing given changes nothing. */
export const updateProject =
  ({ accounts }: AccountsDeps) =>
  (input: { name?: string | undefined }, member: Member) =>
    accounts.run((tx) =>
      safeTry(async function* () {
        const current = yield* tx.accounts.get(member.accountId);
        if (input.name === undefined || input.name === current.name) return ok(current);
        const saved = yield* tx.accounts.save(renameAccount(current, input.name, member.at));
        yield* tx.events.append(eventOf(saved, 'project.renamed', { name: saved.name }));
        const data = { before: current.name, after: saved.name };
        const deed = { accountId: saved.id, action: 'project.rename', target: saved.id, data };
        yield* tx.audit.record(byCaller(member, deed));
        return ok(saved);
      }),
    );

/** Soft, and only when nothing lives in the project any more; nothing can be created in it meanwhile. */
export const deleteProject =
  ({ accounts }: AccountsDeps) =>
  (member: Member) =>
    accounts.runExclusive(member.accountId, (tx) =>
      safeTry(async function* () {
        const current = yield* tx.accounts.get(member.accountId);
        const occupant = yield* tx.accounts.occupant(current.id);
        if (occupant !== undefined)
          return err<never, ProjectNotEmpty>({
            kind: 'project_not_empty',
            state: occupant === 'subscription' ? 'subscribed' : 'in_use',
          });
        const saved = yield* tx.accounts.save(deleteAccount(current, member.at));
        yield* tx.events.append(eventOf(saved, 'project.deleted'));
        const deed = { accountId: saved.id, action: 'project.delete', target: saved.id };
        yield* tx.audit.record(byCaller(member, deed));
        return ok(undefined);
      }),
    );

/** Names only; the address changes through a confirmation, never here. */
export const updateUser =
  ({ accounts }: AccountsDeps) =>
  (input: { firstName?: string | undefined; lastName?: string | undefined }, caller: Caller) =>
    accounts.run((tx) =>
      safeTry(async function* () {
        const user = yield* tx.users.get(caller.userId);
        const saved = yield* tx.users.save(renameUser(user, input, caller.at));
        const { id: accountId } = yield* tx.accounts.personalOf(caller.userId);
        const type = 'user.renamed';
        yield* tx.events.append({
          stream: saved.id,
          seq: saved.version,
          type,
          accountId,
          data: {},
          at: caller.at,
        });
        return ok(saved);
      }),
    );

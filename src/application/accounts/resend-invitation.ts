import { err, ok, safeTry } from 'neverthrow';
import { INVITATION_LIFETIME, type Invited } from '../../domain/accounts/membership.js';
import type { Member } from '../../domain/shared/principal.js';
import { plus } from '../../domain/shared/time.js';
import { NOT_FOUND } from '../../ports/shared/failure.js';
import { impossible } from '../shared/impossible.js';
import { byCaller } from '../shared/record.js';
import type { AccountsDeps } from './deps.js';
import { letterJob } from './emails.js';

type NotInvited = { readonly kind: 'not_invited' };

/** A new letter with a new token for seven more days; the token of the old one works no longer. */
export const resendInvitation = (deps: AccountsDeps) => (id: string, member: Member) =>
  deps.limits.consume('mail_address', member.address).andThen(() =>
    deps.accounts.run((tx) =>
      safeTry(async function* () {
        const { accountId, at } = member;
        const current = yield* tx.memberships.get(id);
        if (current.accountId !== accountId) return err(NOT_FOUND);
        if (current.status !== 'invited') return err<never, NotInvited>({ kind: 'not_invited' });
        const { dataKey } = yield* tx.accounts.lockLive(accountId);
        const account = yield* tx.accounts.get(accountId);
        const asked: Invited = { ...current, invitationSentAt: at };
        const membership = yield* tx.memberships.save(asked).mapErr(impossible('already_member'));
        const token = deps.random.token(32);
        const [hash, expiresAt] = [deps.digest.sha256(token), plus(at, INVITATION_LIFETIME)];
        yield* tx.oneTimeTokens.withdraw('invitation', id, at);
        yield* tx.oneTimeTokens.add({ hash, purpose: 'invitation', subjectId: id, createdAt: at, expiresAt });
        const letter = { template: 'invitation', to: current.email, token, project: account.name } as const;
        yield* tx.events.append(
          { stream: id, seq: membership.version, type: 'membership.invited_again', accountId, data: {}, at },
          letterJob(deps, { id: accountId, dataKey }, letter, at),
        );
        yield* tx.audit.record(
          byCaller(member, { accountId, action: 'membership.invite_again', target: id }),
        );
        return ok({ membership, account });
      }),
    ),
  );

import { errAsync, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { EmailAddress } from '../../domain/accounts/user.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { EmailMessage } from '../../ports/shared/email.js';
import type { NotFound, Unavailable } from '../../ports/shared/failure.js';
import type { ClaimedJob, NewJob } from '../../ports/shared/jobs.js';
import type { DataKey } from '../../ports/shared/sealer.js';
import type { AccountsDeps } from './deps.js';

export const EMAIL_JOB = 'email.send';

/** A letter before it is worded. `token` opens something, so the whole letter is kept sealed. */
export type Letter = {
  readonly template: 'verify_email' | 'reset_password' | 'invitation';
  readonly to: EmailAddress;
  readonly token: string;
  /** The project an invitation is to. */
  readonly project?: string | undefined;
};

const placeOf = (jobId: string) => ({ table: 'jobs', column: 'sealed', row: jobId });

/** The delivery of a letter, as a job of the transaction that gives reason for it. */
export const letterJob = (
  { ids, sealer }: Pick<AccountsDeps, 'ids' | 'sealer'>,
  account: { readonly id: AccountId; readonly dataKey: DataKey },
  letter: Letter,
  at: Instant,
): NewJob => {
  const id = ids.next();
  const sealed = sealer.seal(account.dataKey, account.id, placeOf(id), JSON.stringify(letter));
  return {
    id,
    kind: EMAIL_JOB,
    accountId: account.id,
    payload: { template: letter.template },
    sealed,
    runAt: at,
  };
};

/** Words a sealed letter and hands it to the mail system. A letter of an erased account is dropped. */
export const sendEmail =
  ({ accountKeys, sealer, email, settings }: AccountsDeps) =>
  (job: ClaimedJob): ResultAsync<void, Unavailable> => {
    const { accountId, sealed } = job;
    if (!accountId || !sealed) return okAsync(undefined);
    return safeTry(async function* () {
      const key = yield* accountKeys.get(accountId).orElse(asErased);
      if (!key) return ok(undefined);
      const letter = JSON.parse(sealer.open(key, accountId, placeOf(job.id), sealed)) as Letter;
      yield* email.send(word(job.id, letter, settings.baseUrl));
      return ok(undefined);
    });
  };

const asErased = (failure: NotFound | Unavailable): ResultAsync<undefined, Unavailable> =>
  failure.kind === 'not_found' ? okAsync(undefined) : errAsync(failure);

const word = (id: string, { template, to, token, project }: Letter, baseUrl: string): EmailMessage => {
  switch (template) {
    case 'verify_email':
      return {
        id,
        to,
        subject: 'Confirm your e-mail address',
        text: `Confirm this address by sending this code to ${baseUrl}/v1/auth/verify-email:\n\n${token}\n\nIt works once, for 24 hours. If you did not sign up, do nothing.\n`,
      };
    case 'reset_password':
      return {
        id,
        to,
        subject: 'Reset your password',
        text: `Set a new password by sending it with this code to ${baseUrl}/v1/auth/reset:\n\n${token}\n\nIt works once, for one hour. If you did not ask for it, do nothing: your password stays as it is.\n`,
      };
    case 'invitation':
      return {
        id,
        to,
        subject: `You are invited to ${project ?? 'a project'}`,
        text: `Sign in or register, then accept by sending this code to ${baseUrl}/v1/invitations:accept (or refuse it at ${baseUrl}/v1/invitations:deny):\n\n${token}\n\nIt works once, for 7 days, for whoever holds it.\n`,
      };
  }
};

import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { OnboardingDraft } from '../../../../domain/entitlements/workspace.js';
import type { AccountId, UserId } from '../../../../domain/shared/ids.js';
import { iso } from '../../../../domain/shared/time.js';
import type { Onboarding } from '../../../../ports/accounts/onboarding.js';
import type { OnboardingDrafts } from '../../../../ports/entitlements/workspaces.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../../ports/shared/failure.js';
import { query } from '../../kit/query.js';
import { int8, nullable, timestamptz } from '../../kit/rows.js';

const Row = z.object({
  id: z.string(),
  number: int8,
  version: z.number(),
  account_id: z.string().transform((id) => id as AccountId),
  created_at: timestamptz,
  completed_at: nullable(timestamptz),
  completed_by: nullable(z.string().transform((id) => id as UserId)),
});

const draftOf = (row: unknown): OnboardingDraft => {
  const { completed_at: at, completed_by: by, ...r } = Row.parse(row);
  return {
    id: r.id,
    number: r.number,
    version: r.version,
    accountId: r.account_id,
    createdAt: r.created_at,
    completed: at === undefined || by === undefined ? undefined : { at, by },
  };
};

/** The draft in a row that was looked for. */
export const draftFound = (row: unknown): ResultAsync<OnboardingDraft, NotFound> =>
  row === undefined ? errAsync(NOT_FOUND) : okAsync(draftOf(row));

/** Drafts on one transaction. */
export const knexDrafts = (trx: Knex): OnboardingDrafts => ({
  get: (account, number) =>
    query(() => trx('onboarding_drafts').where({ account_id: account, number }).first()).andThen(draftFound),
  save: ({ id, version, completed }) =>
    query(() =>
      trx('onboarding_drafts')
        .where({ id, version })
        .update({
          version: version + 1,
          completed_at: completed ? iso(completed.at) : null,
          completed_by: completed?.by ?? null,
        })
        .returning('*'),
    ).andThen(([row]) =>
      row === undefined
        ? errAsync<OnboardingDraft, StaleVersion>({ kind: 'stale_version', id })
        : okAsync(draftOf(row)),
    ),
});

/** The beginning of a draft, for those who make accounts. */
export const knexOnboarding = (trx: Knex): Onboarding => ({
  begin: (id, account, at) =>
    query(() =>
      trx('onboarding_drafts').insert({ id, version: 1, account_id: account, created_at: iso(at) }),
    ).map(() => undefined),
});

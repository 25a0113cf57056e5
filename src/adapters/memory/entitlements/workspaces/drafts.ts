import { errAsync, okAsync } from 'neverthrow';
import type { OnboardingDraft } from '../../../../domain/entitlements/workspace.js';
import type { Onboarding } from '../../../../ports/accounts/onboarding.js';
import type { OnboardingDrafts } from '../../../../ports/entitlements/workspaces.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../../ports/shared/failure.js';
import { nextNumber } from '../../kit/sequence.js';
import type { MemoryTx } from '../../kit/store.js';
import { type DraftRow, TABLES } from './rows.js';

/** Drafts on one unit. */
export const memoryDrafts = (tx: MemoryTx): OnboardingDrafts => {
  const drafts = tx.table<DraftRow>(TABLES.drafts);
  return {
    get: (account, number) =>
      drafts
        .get(account)
        .andThen((draft) =>
          draft?.number === number ? okAsync(draft) : errAsync<OnboardingDraft, NotFound>(NOT_FOUND),
        ),
    save: (draft) =>
      drafts.get(draft.accountId).andThen((before) => {
        if (before?.version !== draft.version)
          return errAsync<OnboardingDraft, StaleVersion>({ kind: 'stale_version', id: draft.id });
        const next = { ...draft, version: draft.version + 1 };
        return drafts.put(draft.accountId, next).map(() => next);
      }),
  };
};

/** The beginning of a draft, for those who make accounts. */
export const memoryOnboarding = (tx: MemoryTx): Onboarding => ({
  begin: (id, account, at) =>
    nextNumber(tx, TABLES.drafts).andThen((number) =>
      tx
        .table<DraftRow>(TABLES.drafts)
        .put(account, { id, number, version: 1, accountId: account, createdAt: at }),
    ),
});

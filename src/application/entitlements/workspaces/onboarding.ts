import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { lifecycleOf } from '../../../domain/entitlements/posture.js';
import type { NotFound, Unavailable } from '../../../ports/shared/failure.js';
import { byCaller } from '../../shared/record.js';
import type { WorkspacesDeps } from './deps.js';
import { blocksOnRecord, passGate } from './guarded.js';
import { mayAct } from './planes.js';
import type { OnboardingView, WorkspaceMember } from './views.js';

type Deps = Pick<WorkspacesDeps, 'readers' | 'workspaces' | 'settings'>;

/** The workspace's own draft; any other number names none. */
export const onboardingView =
  ({ readers }: Deps) =>
  (number: number, member: WorkspaceMember): ResultAsync<OnboardingView, NotFound | Unavailable> =>
    safeTry(async function* () {
      const { accountId, workspace, at } = member;
      const draft = yield* readers.draft(accountId, number);
      const { subscription, setting } = yield* readers.standing(accountId);
      return ok({ workspace, draft, decision: lifecycleOf(subscription, setting, at) });
    });

/** Ends the first steps, once; a draft that was completed stays as it is. */
export const completeOnboarding = (deps: Deps) => (number: number, member: WorkspaceMember) => {
  const { accountId, at, userId } = member;
  const work = deps.workspaces.run((tx) =>
    safeTry(async function* () {
      yield* tx.accounts.lockLive(accountId);
      const draft = yield* tx.drafts.get(accountId, number);
      yield* mayAct(member);
      yield* passGate(tx, deps, member, 'onboarding');
      if (draft.completed !== undefined) return ok(draft);
      const saved = yield* tx.drafts.save({ ...draft, completed: { at, by: userId } });
      yield* tx.events.append({
        stream: saved.id,
        seq: saved.version,
        type: 'onboarding.completed',
        accountId,
        data: { draft: saved.number },
        at,
      });
      yield* tx.audit.record(
        byCaller(member, {
          accountId,
          action: 'onboarding.complete',
          target: saved.id,
          data: { before: { completed: false }, after: { completed: true } },
        }),
      );
      return ok(saved);
    }),
  );
  return blocksOnRecord(deps, member, { feature: 'onboarding', action: 'onboarding.complete' }, work);
};

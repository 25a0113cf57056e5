import { err, ok, type Result, safeTry } from 'neverthrow';
import {
  LIFECYCLE_STATES,
  type LifecycleState,
  type WorkspaceSetting,
} from '../../../domain/entitlements/lifecycle.js';
import { lifecycleOf } from '../../../domain/entitlements/posture.js';
import { assert, LONGEST_REASON, type TruthCommand } from '../../../domain/entitlements/truth.js';
import type { Workspace } from '../../../domain/entitlements/workspace.js';
import { isStorableText } from '../../../domain/shared/text.js';
import type { WorkspacesTx } from '../../../ports/entitlements/workspaces.js';
import type { StaleVersion } from '../../../ports/shared/failure.js';
import { byAdmin } from '../actor.js';
import type { WorkspacesDeps } from './deps.js';
import { mayOnPlatform } from './planes.js';
import { systemView } from './summaries.js';
import { toldRecord, toldSetting } from './told.js';
import type { PlatformUser } from './views.js';

export type InvalidState = {
  readonly kind: 'invalid_state';
  readonly field: 'state' | 'reason';
  readonly reason: string;
};
/** There is a record: what is set beside it says nothing. */
export type RecordExists = { readonly kind: 'subscription_record_exists' };

type Deps = Pick<WorkspacesDeps, 'ids' | 'readers' | 'workspaces'>;

/** A workspace as the platform sees it. */
export const subscriptionView =
  ({ readers }: Deps) =>
  (number: number, user: PlatformUser) =>
    readers.byNumber(number).map((found) => systemView(found, user));

/** One fact about how a workspace stands: an event of its own stream, and who did it with before and after. */
const told = (
  tx: WorkspacesTx,
  { ids }: Deps,
  { accountId }: Workspace,
  user: PlatformUser,
  fact: {
    readonly type: string;
    readonly action: string;
    readonly state: LifecycleState;
    readonly before: unknown;
    readonly after: unknown;
  },
) => {
  const { before, after, state, type, action } = fact;
  const data = { derived_lifecycle_state: state, after };
  return tx.events
    .append({ stream: ids.next(), seq: 1, type, accountId, data, at: user.at })
    .andThen(() =>
      tx.audit.record(byAdmin(user, { accountId, action, target: accountId, data: { before, after } })),
    );
};

/** What an operator has seen: the version of what they are about to change, 0 where there was nothing. */
type Seen = { readonly expected?: number | undefined };

const asSeen = (
  account: string,
  before: { readonly version: number } | undefined,
  { expected }: Seen,
): Result<void, StaleVersion> =>
  expected === undefined || expected === (before?.version ?? 0)
    ? ok(undefined)
    : err({ kind: 'stale_version', id: account });

/** Puts a record in place of the one before, or the first; what it comes to is derived whenever somebody asks. */
export const updateSubscriptionTruth =
  (deps: Deps) => (number: number, command: TruthCommand & Seen, user: PlatformUser) =>
    safeTry(async function* () {
      const { workspace } = yield* deps.readers.byNumber(number);
      const { accountId } = workspace;
      yield* mayOnPlatform(user, 'commercial');
      yield* deps.workspaces.run((tx) =>
        safeTry(async function* () {
          yield* tx.accounts.lockLive(accountId);
          const { subscription: before } = yield* tx.truth.of(accountId);
          yield* asSeen(accountId, before, command);
          const after = yield* assert(before, command, { at: user.at, by: user.userId });
          yield* tx.truth.assert(accountId, after);
          yield* told(tx, deps, workspace, user, {
            type: 'workspace.subscription_truth_updated',
            action: 'workspace.update_subscription_truth',
            state: lifecycleOf(after, undefined, user.at).state,
            before: toldRecord(before),
            after: toldRecord(after),
          });
          return ok(undefined);
        }),
      );
      return subscriptionView(deps)(number, user);
    });

const settingOf = (
  { state, reason }: { readonly state: string; readonly reason: string },
  { at, userId }: PlatformUser,
): Result<Omit<WorkspaceSetting, 'version'>, InvalidState> => {
  const wrong = (field: InvalidState['field'], why: string) =>
    err<never, InvalidState>({ kind: 'invalid_state', field, reason: why });
  const known = LIFECYCLE_STATES.find((one) => one === state);
  if (known === undefined) return wrong('state', `must be one of ${LIFECYCLE_STATES.join(', ')}`);
  if (reason.trim() === '') return wrong('reason', 'must not be blank');
  if (reason.length > LONGEST_REASON)
    return wrong('reason', `must have at most ${LONGEST_REASON} characters`);
  if (!isStorableText(reason)) return wrong('reason', 'must be text without NUL and lone surrogates');
  return ok({ state: known, reason, changedAt: at, changedBy: userId });
};

/** Sets the posture of a workspace that has no record. */
export const changeCommercialState =
  (deps: Deps) =>
  (number: number, input: { readonly state: string; readonly reason: string } & Seen, user: PlatformUser) =>
    safeTry(async function* () {
      const { workspace } = yield* deps.readers.byNumber(number);
      const { accountId } = workspace;
      yield* mayOnPlatform(user, 'commercial');
      const wanted = yield* settingOf(input, user);
      yield* deps.workspaces.run((tx) =>
        safeTry(async function* () {
          yield* tx.accounts.lockLive(accountId);
          const before = yield* tx.truth.of(accountId);
          if (before.subscription !== undefined)
            return err<never, RecordExists>({ kind: 'subscription_record_exists' });
          yield* asSeen(accountId, before.setting, input);
          const setting = { ...wanted, version: (before.setting?.version ?? 0) + 1 };
          yield* tx.truth.set(accountId, setting);
          yield* told(tx, deps, workspace, user, {
            type: 'workspace.commercial_state_changed',
            action: 'workspace.change_commercial_state',
            state: setting.state,
            before: toldSetting(before.setting),
            after: toldSetting(setting),
          });
          return ok(undefined);
        }),
      );
      return subscriptionView(deps)(number, user);
    });

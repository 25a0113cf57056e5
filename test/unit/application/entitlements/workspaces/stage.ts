import { createHash } from 'node:crypto';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { memoryAccounts } from '../../../../../src/adapters/memory/accounts/unit-of-work.js';
import { memoryBilling } from '../../../../../src/adapters/memory/billing/unit-of-work.js';
import { memoryEntitlementReaders } from '../../../../../src/adapters/memory/entitlements/readers.js';
import { memoryEntitlements } from '../../../../../src/adapters/memory/entitlements/unit-of-work.js';
import { memoryWorkspaceReaders } from '../../../../../src/adapters/memory/entitlements/workspaces/readers.js';
import { memoryWorkspaces } from '../../../../../src/adapters/memory/entitlements/workspaces/unit-of-work.js';
import { memoryStore } from '../../../../../src/adapters/memory/kit/store.js';
import { memoryAuditTrail } from '../../../../../src/adapters/memory/shared/audit-trail.js';
import { countingIds } from '../../../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryJobs } from '../../../../../src/adapters/memory/shared/jobs.js';
import { entitlements } from '../../../../../src/application/entitlements/index.js';
import {
  type WorkspacesDeps,
  workspaces,
} from '../../../../../src/application/entitlements/workspaces/index.js';
import type {
  PlatformUser,
  WorkspaceMember,
} from '../../../../../src/application/entitlements/workspaces/views.js';
import { PLATFORM } from '../../../../../src/domain/billing/seller.js';
import type { Allowance } from '../../../../../src/domain/entitlements/allowance.js';
import { GATED } from '../../../../../src/domain/entitlements/gate.js';
import type { TruthCommand } from '../../../../../src/domain/entitlements/truth.js';
import type { AccountId, UserId } from '../../../../../src/domain/shared/ids.js';
import type { Caller, Role } from '../../../../../src/domain/shared/principal.js';
import { DAY, instant, MINUTE, plus } from '../../../../../src/domain/shared/time.js';
import type { PackContent, PackShelf } from '../../../../../src/ports/entitlements/pack-shelf.js';
import type { AuditEntry } from '../../../../../src/ports/shared/audit.js';
import type { DomainEvent } from '../../../../../src/ports/shared/events.js';
import {
  aMember,
  anAccount,
  aSession,
  aUser,
  DATA_KEY,
  PASSWORD_HASH,
} from '../../../../support/accounts.js';

export const NOW = instant(Date.UTC(2026, 0, 31, 12));

export const value = async <T, E>(result: ResultAsync<T, E>): Promise<T> => (await result)._unsafeUnwrap();
export const failure = async <T, E>(result: ResultAsync<T, E>): Promise<E> =>
  (await result)._unsafeUnwrapErr();

const HAD: Allowance = { granted: true, window: 'lifetime', soft: false, warnPercent: 80 };

/** Keeps archives as the files they hold. `refuse`: it will have none; `down`: it does not answer. */
export const memoryShelf = () => {
  const kept = new Map<string, readonly PackContent[]>();
  const mood = { refuse: undefined as string | undefined, down: false };
  const down = { kind: 'unavailable', dependency: 'test', cause: new Error('down') } as const;
  const shelf: PackShelf = {
    put: (_use, key, contents) => {
      if (mood.down) return errAsync(down);
      if (mood.refuse !== undefined) return errAsync({ kind: 'shelf_refused', reason: mood.refuse });
      kept.set(key, contents);
      const bucketId = '00000000-0000-7000-8000-0000000000bb';
      return okAsync({ bucketId, key, size: contents.length, sha256: JSON.stringify(contents) });
    },
    open: (_use, { key, sha256 }) => {
      const contents = kept.get(key);
      if (contents === undefined) return errAsync({ kind: 'not_found' });
      if (JSON.stringify(contents) !== sha256) return errAsync({ kind: 'pack_altered' });
      const bytes = new TextEncoder().encode(contents.map(({ text }) => text).join(''));
      const body = (async function* () {
        yield bytes;
      })();
      return okAsync({ size: bytes.length, body, close: () => undefined });
    },
  };
  return { shelf, kept, mood };
};

const VISIT = { address: '203.0.113.77', requestId: 'a-request' };

/** All of workspaces in memory. */
export const stage = () => {
  const store = memoryStore();
  const clock = fixedClock(NOW);
  const ids = countingIds();
  const shared = { ids, quotas: {} };
  const units = {
    accounts: memoryAccounts(store, shared),
    billing: memoryBilling(store, shared),
    entitlements: memoryEntitlements(store, shared),
    workspaces: memoryWorkspaces(store, shared),
  };
  const usage = memoryEntitlementReaders(store);
  const shelf = memoryShelf();
  const fallbacks = new Map(GATED.map((feature) => [feature, HAD]));
  const entitled = entitlements({
    clock,
    ids,
    entitlements: units.entitlements,
    readers: usage,
    recentFacts: (account, at) => usage.facts(account, at),
    settings: { fallbacks, platform: PLATFORM as string as AccountId },
  });
  const deps: WorkspacesDeps = {
    clock,
    ids,
    digest: { sha256: (text) => createHash('sha256').update(text).digest('hex') },
    workspaces: units.workspaces,
    readers: memoryWorkspaceReaders(store),
    usage,
    auditTrail: memoryAuditTrail(store),
    shelf: shelf.shelf,
    entitlements: entitled,
    settings: { fallbacks },
  };
  const rows = <Row>(table: string): Promise<readonly Row[]> => value(store.read<Row>(table).all());
  const jobs = memoryJobs(store);

  const user = async (over: Parameters<typeof aUser>[0] = {}) => {
    const made = aUser(over);
    const session = aSession(made.id);
    await value(
      units.accounts.run((tx) => tx.users.add(made, PASSWORD_HASH).andThen(() => tx.sessions.add(session))),
    );
    const caller = (): Caller => ({
      ...VISIT,
      at: clock.now(),
      userId: made.id,
      via: { kind: 'session', id: session.id },
      platformAdmin: made.platformAdmin,
    });
    return { ...made, caller };
  };
  /** An account with its draft, and a member of it. */
  const workspace = async (role: Role = 'owner') => {
    const owner = await user();
    const account = anAccount(owner.id, { id: ids.next() as AccountId });
    await value(
      units.accounts.run((tx) =>
        tx.accounts
          .add(account, DATA_KEY)
          .andThen(() => tx.memberships.add(aMember(account.id, owner.id, { role })))
          .andThen(() => tx.onboarding.begin(ids.next(), account.id, NOW)),
      ),
    );
    const ref = await value(deps.readers.byAccount(account.id));
    const member = (): WorkspaceMember => ({
      ...owner.caller(),
      accountId: account.id,
      role,
      workspace: ref,
    });
    return { account, owner, ref, member };
  };
  return {
    app: workspaces(deps),
    deps,
    entitled,
    clock,
    store,
    units,
    shelf,
    user,
    workspace,
    rows,
    audit: () => rows<AuditEntry>('audit_log'),
    events: () => rows<DomainEvent>('events'),
    operator: (userId = ids.next() as UserId): PlatformUser => ({
      ...VISIT,
      at: clock.now(),
      userId,
      via: { kind: 'session', id: 'a-session' },
      platformAdmin: true,
      capabilities: ['directory', 'commercial'],
    }),
    /** The jobs of packs that are due, as a worker holds them. */
    claimed: () => value(jobs.claim(['workspaces.write-pack'], 10, clock.now(), plus(clock.now(), MINUTE))),
    /** Does what is due, until nothing is; what fails is tried again in a minute. */
    drain: async (handlers = workspaces(deps).jobs) => {
      for (let rounds = 0; rounds < 20 && (await rows('jobs')).length > 0; rounds += 1) {
        const due = await value(
          jobs.claim(Object.keys(handlers), 10, clock.now(), plus(clock.now(), MINUTE)),
        );
        for (const job of due) {
          const done = await handlers[job.kind]?.(job);
          await value(
            done?.isOk() ? jobs.complete(job) : jobs.release(job, plus(clock.now(), MINUTE), 'failed'),
          );
        }
        clock.advance(MINUTE);
      }
    },
  };
};
export type Stage = ReturnType<typeof stage>;

/** What an operator asserts, with the dates of the state. */
export const truth = (state: string, over: Partial<TruthCommand> = {}): TruthCommand => ({
  state,
  statusReason: 'as agreed',
  ...(state === 'trial' && { trialEndsAt: plus(NOW, 14 * DAY) }),
  ...(['active', 'past_due', 'cancel_at_period_end'].includes(state) && { periodStartsAt: plus(NOW, -DAY) }),
  ...(state !== 'trial' && { periodEndsAt: plus(NOW, 29 * DAY) }),
  ...over,
});

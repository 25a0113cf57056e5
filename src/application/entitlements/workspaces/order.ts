import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { withFallbacks } from '../../../domain/entitlements/decide.js';
import {
  answersAgain,
  type OperationRun,
  type PackOrder,
  type ReviewPack,
  stretchOf,
} from '../../../domain/entitlements/pack.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { PackSubject, PackWithRun, WorkspacesTx } from '../../../ports/entitlements/workspaces.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { byCaller } from '../../shared/record.js';
import type { WorkspacesDeps } from './deps.js';
import { blocksOnRecord, passGate } from './guarded.js';
import { fingerprintOf, orderOf, type PackCommand } from './pack-command.js';
import { mayAct } from './planes.js';
import type { Ordered, WorkspaceMember } from './views.js';
import { WRITE_PACK_JOB } from './write-pack.js';

type Deps = Pick<WorkspacesDeps, 'ids' | 'digest' | 'workspaces' | 'readers' | 'usage' | 'settings'>;

/** What is wanted of the gate: a pack of this subject, by an operation of this name. */
type Wanted = {
  readonly subject: PackSubject;
  readonly operation: OperationRun['operation'];
  readonly order: PackOrder;
  /** A pack that is ready will not do. */
  readonly anew: boolean;
};

const newPack = (deps: Deps, wanted: Wanted, member: WorkspaceMember, fingerprint: string) => {
  const { accountId, at, userId } = member;
  const pack: Omit<ReviewPack, 'number'> = {
    ...wanted.subject,
    id: deps.ids.next(),
    version: 1,
    order: wanted.order,
    fingerprint,
    status: 'queued',
    requestedAt: at,
    requestedBy: userId,
    updatedAt: at,
  };
  const run: Omit<OperationRun, 'number'> = {
    id: deps.ids.next(),
    version: 1,
    accountId,
    operation: wanted.operation,
    packId: pack.id,
    status: 'queued',
    queuedAt: at,
  };
  return { pack, run };
};

const queue = (tx: WorkspacesTx, deps: Deps, wanted: Wanted, member: WorkspaceMember, fingerprint: string) =>
  safeTry(async function* () {
    const { accountId, at } = member;
    const unnumbered = newPack(deps, wanted, member, fingerprint);
    const both = yield* tx.packs.add(unnumbered.pack, unnumbered.run);
    const { pack, run } = both;
    const facts = { pack: pack.number, run: run.number, kind: pack.kind };
    yield* tx.events.append(
      { stream: pack.id, seq: pack.version, type: 'review_pack.queued', accountId, data: facts, at },
      {
        id: deps.ids.next(),
        kind: WRITE_PACK_JOB,
        key: `${WRITE_PACK_JOB}:${pack.id}`,
        accountId,
        payload: { packId: pack.id },
        runAt: at,
      },
    );
    const data = { after: { ...facts, status: pack.status } };
    yield* tx.audit.record(byCaller(member, { accountId, action: wanted.operation, target: pack.id, data }));
    return ok(both);
  });

/** One that is under way, or one that is ready and still answers. */
const existing = (
  tx: WorkspacesTx,
  { subject, anew }: Wanted,
  fingerprint: string,
  at: Instant,
): ResultAsync<PackWithRun | undefined, Unavailable> =>
  tx.packs
    .underWay(subject)
    .andThen((running) =>
      running !== undefined || anew
        ? ok(running)
        : tx.packs
            .made(subject, fingerprint)
            .map((made) => (made && answersAgain(made.pack, fingerprint, at) ? made : undefined)),
    );

/** Authorised by whoever calls: entitlement, posture, and then what is there already, or a place in the queue. */
export const orderPack = (deps: Deps, member: WorkspaceMember, wanted: Wanted) => {
  const { accountId, at } = member;
  const work = deps.usage.records(accountId, { size: 1 }).andThen(({ items: [newest] }) =>
    deps.workspaces.run((tx) =>
      safeTry(async function* () {
        yield* tx.accounts.lockLive(accountId);
        yield* passGate(tx, deps, member, 'review_packs');
        const inputs = {
          ...wanted,
          newestUse: newest?.id,
          standing: yield* tx.truth.of(accountId),
          facts: withFallbacks(yield* tx.facts(accountId, at), deps.settings.fallbacks),
        };
        const fingerprint = fingerprintOf(deps.digest, inputs);
        const before = yield* existing(tx, wanted, fingerprint, at);
        if (before !== undefined) return ok<Ordered>({ ...before, deduped: true });
        const queued = yield* queue(tx, deps, wanted, member, fingerprint);
        return ok<Ordered>({ ...queued, deduped: false });
      }),
    ),
  );
  return blocksOnRecord(deps, member, { feature: 'review_packs', action: wanted.operation }, work);
};

/** A pack of the workspace as a whole. */
export const generateReviewPack = (deps: Deps) => (command: PackCommand, member: WorkspaceMember) =>
  safeTry(async function* () {
    yield* mayAct(member);
    const order = yield* orderOf(command, member.at);
    const subject = { accountId: member.accountId, kind: 'review' } as const;
    return orderPack(deps, member, { subject, operation: 'review_pack.generate', order, anew: false });
  });

/** A pack of one review: it looks back at what the review does. */
export const exportExecutivePack = (deps: Deps) => (number: number, member: WorkspaceMember) =>
  safeTry(async function* () {
    const { accountId } = member;
    const { from, to } = yield* deps.readers.review(accountId, number);
    yield* mayAct(member);
    const order: PackOrder = { format: 'csv', from, to, asked: { from, to }, notes: {} };
    const subject = { accountId, kind: 'executive', reviewNumber: number } as const;
    return orderPack(deps, member, { subject, operation: 'review_pack.export', order, anew: false });
  });

/** The same order again, of what is so by now. */
export const regenerate = (deps: Deps) => (number: number, member: WorkspaceMember) =>
  safeTry(async function* () {
    const { accountId } = member;
    const { pack } = yield* deps.readers.pack(accountId, number);
    yield* mayAct(member);
    const { kind, reviewNumber } = pack;
    const order = { ...pack.order, ...stretchOf(pack.order.asked, member.at) };
    const subject = { accountId, kind, reviewNumber };
    return orderPack(deps, member, { subject, operation: 'review_pack.regenerate', order, anew: true });
  });

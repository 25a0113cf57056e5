import { err, ok, type Result } from 'neverthrow';
import type { AccountId, UserId } from '../shared/ids.js';
import { DAY, HOUR, type Instant, plus } from '../shared/time.js';

/** review: of the workspace as a whole; executive: of one review of it. */
export type PackKind = 'review' | 'executive';
export type PackStatus = 'queued' | 'running' | 'ready' | 'failed';

/** Absent: as it is ordered, and 30 days before the end. */
export type AskedStretch = { readonly from?: Instant | undefined; readonly to?: Instant | undefined };

/** What a pack shall hold. */
export type PackOrder = {
  /** Of the file with what was used. */
  readonly format: 'csv' | 'json';
  /** Half-open, as all periods. */
  readonly from: Instant;
  readonly to: Instant;
  /** What its orderer said of that; the rest followed from when it was ordered. */
  readonly asked: AskedStretch;
  /** What else its orderer wrote down for it: it goes into the pack as it came. */
  readonly notes: Readonly<Record<string, unknown>>;
};

/** Where the artefact lies: in a bucket of the workspace's own. */
export type PackFile = {
  readonly bucketId: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Of all bytes, in base64. Absent of archives that are older than this: nobody can say whether those are the same. */
  readonly sha256?: string | undefined;
};

/** A review pack: an archive that a job writes. Its run tells how far that is. */
export type ReviewPack = {
  readonly id: string;
  readonly number: number;
  readonly version: number;
  readonly accountId: AccountId;
  readonly kind: PackKind;
  /** Of the review it is about; undefined: of the workspace. */
  readonly reviewNumber?: number | undefined;
  readonly order: PackOrder;
  /** Of all that it was ordered from: the same inputs, the same fingerprint. */
  readonly fingerprint: string;
  readonly status: PackStatus;
  readonly requestedAt: Instant;
  readonly requestedBy: UserId;
  readonly updatedAt: Instant;
  readonly file?: PackFile | undefined;
  /** Why there is none. */
  readonly failure?: string | undefined;
};

/** The work on one pack, as operators follow it. */
export type OperationRun = {
  readonly id: string;
  readonly number: number;
  readonly version: number;
  readonly accountId: AccountId;
  readonly operation: 'review_pack.generate' | 'review_pack.export' | 'review_pack.regenerate';
  readonly packId: string;
  readonly status: 'queued' | 'running' | 'succeeded' | 'failed';
  readonly queuedAt: Instant;
  readonly startedAt?: Instant | undefined;
  readonly endedAt?: Instant | undefined;
};

/** A pack without a beginning looks back this far. */
export const USUAL_STRETCH = 30 * DAY;

/** What an order that came at this moment looks back at. */
export const stretchOf = ({ from, to }: AskedStretch, orderedAt: Instant): Pick<PackOrder, 'from' | 'to'> => {
  const end = to ?? orderedAt;
  return { from: from ?? plus(end, -USUAL_STRETCH), to: end };
};

/** A pack that is ready answers the same question again for this long. */
export const PACK_FRESHNESS = HOUR;

/** The whole lifecycle; a run goes the same way. */
export const packLifecycle = {
  queued: { begin: 'running', fail: 'failed' },
  running: { finish: 'ready', fail: 'failed' },
  ready: {},
  failed: {},
} as const satisfies Record<PackStatus, Partial<Record<string, PackStatus>>>;

export type PackAction = 'begin' | 'finish' | 'fail';
export type PackOver = { readonly kind: 'pack_over'; readonly status: PackStatus };

/** The next state; a pack that is ready or failed stays so. */
export const advancePack = (
  pack: ReviewPack,
  action: PackAction,
  at: Instant,
  outcome: Pick<ReviewPack, 'file' | 'failure'> = {},
): Result<ReviewPack, PackOver> => {
  const next: Partial<Record<PackAction, PackStatus>> = packLifecycle[pack.status];
  const status = next[action];
  return status === undefined
    ? err({ kind: 'pack_over', status: pack.status })
    : ok({ ...pack, ...outcome, status, updatedAt: at });
};

const RUN_STATUS = { queued: 'queued', running: 'running', ready: 'succeeded', failed: 'failed' } as const;

/** The run of a pack, as far as the pack is. */
export const followed = (run: OperationRun, pack: ReviewPack): OperationRun => {
  const status = RUN_STATUS[pack.status];
  const isOver = status === 'succeeded' || status === 'failed';
  return {
    ...run,
    status,
    startedAt: status === 'queued' ? undefined : (run.startedAt ?? pack.updatedAt),
    endedAt: isOver ? pack.updatedAt : undefined,
  };
};

/** What two orders must have in common to be one. */
export const subjectOf = (kind: PackKind, reviewNumber: number | undefined): string =>
  `${kind}:${reviewNumber ?? 'workspace'}`;

/** True when this pack answers an order with these inputs at this moment. */
export const answersAgain = (pack: ReviewPack, fingerprint: string, at: Instant): boolean =>
  pack.status === 'ready' && pack.fingerprint === fingerprint && at - pack.requestedAt < PACK_FRESHNESS;

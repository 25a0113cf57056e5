import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { LifecycleDecision } from '../../../domain/entitlements/lifecycle.js';
import type { ReviewPack } from '../../../domain/entitlements/pack.js';
import { lifecycleOf, needsReview } from '../../../domain/entitlements/posture.js';
import type { UsageRecord } from '../../../domain/entitlements/usage.js';
import type { TenantReview } from '../../../domain/entitlements/workspace.js';
import { csv } from '../../../domain/shared/csv.js';
import { type Instant, iso, type Stretch } from '../../../domain/shared/time.js';
import type { PackContent } from '../../../ports/entitlements/pack-shelf.js';
import type { Standing } from '../../../ports/entitlements/workspaces.js';
import type { AuditRecord } from '../../../ports/shared/audit-trail.js';
import type { NotFound, Unavailable } from '../../../ports/shared/failure.js';
import { forTenants, withoutNotes } from '../../shared/for-tenants.js';
import type { AccountEntitlements } from '../index.js';
import type { WorkspacesDeps } from './deps.js';
import { type Gathered, gathered } from './gathered.js';
import { jsonText, toldDecision, toldRecord, toldSetting } from './told.js';

type Deps = Pick<WorkspacesDeps, 'clock' | 'readers' | 'usage' | 'auditTrail' | 'entitlements'>;

const usageIn = ({ usage }: Deps, { accountId }: ReviewPack, stretch: Stretch) =>
  gathered<UsageRecord>((page) => usage.recordsWithin(accountId, stretch, page));

const auditIn = ({ auditTrail }: Deps, { accountId }: ReviewPack, stretch: Stretch) =>
  gathered<AuditRecord>((page) => auditTrail.within(accountId, stretch, page));

const USAGE = ['id', 'feature', 'value', 'used_at', 'recorded_at', 'key', 'corrects'] as const;

const usageFile = (
  { items }: Gathered<UsageRecord>,
  { features }: AccountEntitlements,
  format: ReviewPack['order']['format'],
): PackContent => {
  const keys = new Map(features.map(({ id, key }) => [id, key]));
  const rows = items.map((record) => ({
    id: record.id,
    feature: keys.get(record.featureId) ?? record.featureId,
    value: record.value,
    used_at: iso(record.usedAt),
    recorded_at: iso(record.recordedAt),
    key: record.key,
    corrects: record.corrects ?? null,
  }));
  return format === 'json'
    ? { name: 'usage.json', text: jsonText(rows) }
    : {
        name: 'usage.csv',
        text: csv(
          USAGE,
          rows.map((row) => USAGE.map((column) => row[column] ?? '')),
        ),
      };
};

const auditFile = ({ items }: Gathered<AuditRecord>): PackContent => ({
  name: 'audit.csv',
  text: csv(
    ['id', 'at', 'actor', 'actor_id', 'network', 'action', 'target', 'request_id', 'data'],
    items
      .map(forTenants)
      .map(({ id, at, actor, network, action, target, requestId, data }) => [
        id,
        iso(at),
        actor.kind,
        actor.id ?? '',
        network ?? '',
        action,
        target,
        requestId,
        data === undefined ? '' : JSON.stringify(data),
      ]),
  ),
});

const truthFile = ({ subscription, setting }: Standing, at: Instant): PackContent => {
  const { state, source, outcome, explanation }: LifecycleDecision = lifecycleOf(subscription, setting, at);
  return {
    name: 'truth.json',
    text: jsonText({
      lifecycle_state: state,
      source,
      outcome,
      explanation,
      needs_review: subscription !== undefined && needsReview(subscription, at),
      subscription: withoutNotes(toldRecord(subscription)),
      setting: withoutNotes(toldSetting(setting)),
    }),
  };
};

const decisionsFile = ({ plan, decisions, asOf }: AccountEntitlements): PackContent => ({
  name: 'decisions.json',
  text: jsonText({ plan: plan ?? null, as_of: iso(asOf), decisions: decisions.map(toldDecision) }),
});

const reviewFile = ({ number, title, note, from, to, createdAt }: TenantReview): PackContent => ({
  name: 'review.json',
  text: jsonText({
    number,
    title,
    note: note ?? null,
    from: iso(from),
    to: iso(to),
    created_at: iso(createdAt),
  }),
});

const reviewOf = (
  { readers }: Deps,
  { accountId, reviewNumber }: ReviewPack,
): ResultAsync<TenantReview | undefined, NotFound | Unavailable> =>
  reviewNumber === undefined ? okAsync(undefined) : readers.review(accountId, reviewNumber);

/** All files of a pack, as things are now. */
export const contentsOf = (deps: Deps, pack: ReviewPack) =>
  safeTry(async function* () {
    const { accountId, order } = pack;
    const at = deps.clock.now();
    const stretch: Stretch = { from: order.from, to: order.to };
    const workspace = yield* deps.readers.byAccount(accountId);
    const standing = yield* deps.readers.standing(accountId);
    const entitled = yield* deps.entitlements.entitlementsOf(accountId, at);
    const review = yield* reviewOf(deps, pack);
    const usage = yield* usageIn(deps, pack, stretch);
    const audit = yield* auditIn(deps, pack, stretch);
    const files = [
      usageFile(usage, entitled, order.format),
      truthFile(standing, at),
      decisionsFile(entitled),
      auditFile(audit),
      ...(review === undefined ? [] : [reviewFile(review)]),
    ];
    const manifest = {
      pack: pack.number,
      kind: pack.kind,
      workspace: { number: workspace.number, name: workspace.name },
      requested_at: iso(pack.requestedAt),
      written_at: iso(at),
      from: iso(stretch.from),
      to: iso(stretch.to),
      notes: order.notes,
      usage_rows: usage.items.length,
      usage_cut: usage.cut,
      audit_rows: audit.items.length,
      audit_cut: audit.cut,
      files: files.map(({ name }) => name),
    };
    return ok<readonly PackContent[]>([{ name: 'manifest.json', text: jsonText(manifest) }, ...files]);
  });

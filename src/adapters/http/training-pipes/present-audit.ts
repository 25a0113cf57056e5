import * as z from 'zod';
import { csv } from '../../../domain/shared/csv.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { AuditRecord } from '../../../ports/shared/audit-trail.js';
import type { TokenPage } from '../kit/page.js';
import { listOf, Timestamp } from './schemas.js';

type ActorKind = AuditRecord['actor']['kind'];

const AuditEntryDto = z
  .object({
    id: z.string(),
    at: Timestamp,
    actor: z.object({
      kind: z.enum([
        'user',
        'api_key',
        'organization_client',
        'platform_admin',
        'system',
        'webhook',
        'anonymous',
      ]),
      id: z.string().optional(),
    }),
    /** The same, told as the contract for subscriptions tells it: on whose side of the till they stand. */
    actor_kind: z.enum(['merchant_user', 'subscriber', 'system', 'webhook_bc', 'webhook_processor']),
    action: z.string(),
    target: z.string(),
    /** From where, without saying from whom: the network of the address. */
    network: z.string().optional(),
    request_id: z.string(),
    /** Of a change `before` and `after`, of a refusal the decision. */
    data: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'AuditEntry' });

export const AuditLogDto = listOf('AuditLog', AuditEntryDto);

/** A page of an account's audit log, and how long it was asked for. */
export type AuditPage = TokenPage<AuditRecord> & { readonly projectId: AccountId; readonly size: number };

/** Nothing comes from a shop here, so that nobody is `webhook_bc`. */
const SIDES = {
  user: 'merchant_user',
  api_key: 'merchant_user',
  organization_client: 'merchant_user',
  platform_admin: 'merchant_user',
  anonymous: 'subscriber',
  system: 'system',
  webhook: 'webhook_processor',
} as const satisfies { readonly [Kind in ActorKind]: z.input<typeof AuditEntryDto>['actor_kind'] };

const present = (entry: AuditRecord): z.input<typeof AuditEntryDto> => ({
  id: entry.id,
  at: iso(entry.at),
  actor: entry.actor,
  actor_kind: SIDES[entry.actor.kind],
  action: entry.action,
  target: entry.target,
  network: entry.network,
  request_id: entry.requestId,
  data: entry.data,
});

export const presentAudit = ({ items, next_page_token: next }: AuditPage): z.input<typeof AuditLogDto> => ({
  items: items.map(present),
  ...(next !== undefined && { next_page_token: next }),
});

const COLUMNS = [
  'at',
  'actor_kind',
  'actor',
  'actor_id',
  'action',
  'target',
  'network',
  'request_id',
  'before',
  'after',
  'data',
  'id',
];

const written = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));

const rowOf = ({ id, at, actor, action, target, network, requestId, data = {} }: AuditRecord) => {
  const { before, after, ...rest } = data;
  return [
    iso(at),
    SIDES[actor.kind],
    actor.kind,
    actor.id ?? '',
    action,
    target,
    network ?? '',
    requestId,
    written(before),
    written(after),
    Object.keys(rest).length === 0 ? '' : written(rest),
    id,
  ];
};

/** The page as a table. */
export const auditCsv = ({ items }: AuditPage): string => csv(COLUMNS, items.map(rowOf));

/** A table has no place for the token of the next page: it goes with the table (RFC 8288). */
export const auditHeaders = ({
  projectId,
  size,
  next_page_token: next,
}: AuditPage): Record<string, string> => ({
  'Content-Disposition': `attachment; filename="audit-log-${projectId}.csv"`,
  ...(next !== undefined && {
    Link: `</v1/projects/${projectId}/audit-log?page_size=${size}&page_token=${encodeURIComponent(next)}>; rel="next"`,
  }),
});

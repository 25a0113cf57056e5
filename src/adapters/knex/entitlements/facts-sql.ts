import { PLATFORM } from '../../../domain/billing/seller.js';
import { LIFETIME_START } from '../../../domain/entitlements/windows.js';
import { iso } from '../../../domain/shared/time.js';
import { columnsOf } from '../kit/joined.js';
import { FEATURE_COLUMNS } from './features.js';

const LIFETIME = `timestamptz '${iso(LIFETIME_START)}'`;

/** Windows of a reservation `r`, where it is set aside. */
export const WINDOWS_OF_RESERVATION = `(values ('lifetime', ${LIFETIME}), ('day', r.day),
  ('month', r.month), ('billing_period', r.billing_period)) w (kind, start)`;

const ALLOWANCE = ['granted', 'usage_limit', 'window_kind', 'soft', 'warn_percent'];
const SUBSCRIPTION = [
  'version',
  'state',
  'billing_reference',
  'status_reason',
  'trial_ends_at',
  'period_starts_at',
  'period_ends_at',
  'since',
  'changed_at',
  'changed_by',
];
const SETTING = ['state', 'reason', 'changed_at', 'changed_by'];

const countsOf = (kind: string): string =>
  ['used', 'reserved']
    .map((column) => `sum(${column}) filter (where kind = '${kind}') as ${kind}_${column}`)
    .join(', ');

const COUNTS = ['day', 'month', 'billing_period', 'lifetime'];

/** One row for each feature, or one without; what is the account's own is in all of them. */
const factsOf = (features: string): string => `
  with live as (
    select s.period_start, s.period_end, p.id as plan_id, p.name as plan_name
      from customers c
      join subscriptions s on s.seller_id = c.seller_id and s.customer_id = c.id
       and s.status not in ('ended', 'pending')
      left join plan_prices x on x.seller_id = s.seller_id and x.id = s.price_id
      left join plans p on p.seller_id = x.seller_id and p.id = x.plan_id
     where c.payer_account_id = :account and c.seller_id = '${PLATFORM}'
  ),
  planned as (
    select pf.feature_id, ${columnsOf('pf', ALLOWANCE).join(', ')}
      from live l
     cross join lateral (
       select * from plan_features where seller_id = '${PLATFORM}' and plan_id = l.plan_id offset 0
     ) pf
  ),
  windows (kind, start) as (
    values ('day', date_trunc('day', :at::timestamptz, 'UTC')),
           ('month', date_trunc('month', :at::timestamptz, 'UTC')),
           ('billing_period', (select period_start from live where period_start <= :at)),
           ('lifetime', ${LIFETIME})
  ),
  -- Kept counts, less what is set aside for nobody any more and was not given back yet.
  counts as (
    select w.kind, c.feature_id, c.used, c.reserved
      from windows w
     cross join lateral (
       select feature_id, used, reserved from usage_counters
        where account_id = :account and window_kind = w.kind and window_start = w.start offset 0
     ) c
    union all
    select w.kind, r.feature_id, 0, -r.amount
      from usage_reservations r
     cross join lateral ${WINDOWS_OF_RESERVATION}
      join windows now on now.kind = w.kind and now.start = w.start
     where r.account_id = :account and r.state = 'held' and r.expires_at <= :at
  ),
  counted as (select feature_id, ${COUNTS.map(countsOf).join(', ')} from counts group by feature_id),
  held as (
    select feature, used from quota_usage where account_id = :account
    union all
    select s.feature, s.used
      from (
        select coalesce(sum(greatest(bytes, 0)), 0) as bytes, coalesce(sum(greatest(objects, 0)), 0) as objects
          from storage_sizes where account_id = :account and (bytes > 0 or objects > 0)
      ) z cross join lateral (values ('storage_bytes', z.bytes), ('objects', z.objects)) s (feature, used)
  )
  select ${[
    ...columnsOf('f', FEATURE_COLUMNS),
    ...ALLOWANCE.map((column) => `p.pf_${column}`),
    ...columnsOf('o', ALLOWANCE),
    ...columnsOf('ws', SUBSCRIPTION),
    ...columnsOf('wt', SETTING),
    ...COUNTS.flatMap((kind) => [`n.${kind}_used`, `n.${kind}_reserved`]),
  ].join(', ')}, h.used as held_used, l.plan_id, l.plan_name, l.period_start, l.period_end
    from (values (1)) one (row)
    left join live l on true
    left join workspace_subscriptions ws on ws.account_id = :account
    left join workspace_settings wt on wt.account_id = :account
    left join features f on ${features}
    left join planned p on p.feature_id = f.id
    left join entitlement_overrides o on o.account_id = :account and o.feature_id = f.id
     and (o.ends_at is null or o.ends_at > :at)
    left join held h on f.held and h.feature = f.key
    left join counted n on n.feature_id = f.id
   order by f.id`;

/** Two statements, so that each has the plan that suits it. */
export const FACTS = { all: factsOf('true'), some: factsOf('f.key = any(:keys::text[])') } as const;

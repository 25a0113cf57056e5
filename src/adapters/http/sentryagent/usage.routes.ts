import { errAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { ClientCaller } from '../../../application/accounts/client-tokens.js';
import type { Entitlements } from '../../../application/entitlements/index.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { json } from '../kit/reply.js';
import { route } from './contract.js';
import { client } from './guards.js';

/** The fields of the summary, and the features whose use of the day they tell. */
const COUNTED = {
  tokensIssued: 'tokens_issued',
  agentsRegistered: 'agents_registered',
  credentialsGenerated: 'credentials_generated',
  apiCallsTotal: 'api_calls',
} as const;

type Day = {
  readonly organizationId: AccountId;
  readonly at: Instant;
  readonly used: ReadonlyMap<string, bigint>;
};
type WithoutOrganization = { readonly kind: 'organization_needed' };
type UsageUnavailable = Omit<Unavailable, 'kind'> & { readonly kind: 'usage_unavailable' };

/** The UTC day of the request, of the organization in the token’s claim. */
const today = (
  entitlements: Entitlements,
  { organizationId, at }: ClientCaller,
): ResultAsync<Day, WithoutOrganization | UsageUnavailable> =>
  organizationId === undefined
    ? errAsync({ kind: 'organization_needed' })
    : entitlements
        .windowUse(organizationId, Object.values(COUNTED), at)
        .map((used) => ({ organizationId, at, used }))
        .mapErr((failure) => ({ ...failure, kind: 'usage_unavailable' as const }));

/** What many wrote down adds up beyond 2^53, from where on JSON rounds. */
const Count = z.number().min(0).meta({ type: 'integer' });

export const UsageSummaryDto = z
  .object({
    organizationId: z.uuid(),
    date: z.iso.date(),
    tokensIssued: Count,
    agentsRegistered: Count,
    credentialsGenerated: Count,
    apiCallsTotal: Count,
  })
  .meta({ id: 'UsageSummary' });

/** More may have been taken back today than was counted. */
const counted = ({ used }: Day, feature: string): number => Math.max(0, Number(used.get(feature) ?? 0n));

const present = (day: Day): z.input<typeof UsageSummaryDto> => ({
  organizationId: day.organizationId,
  date: iso(day.at).slice(0, 'YYYY-MM-DD'.length),
  tokensIssued: counted(day, COUNTED.tokensIssued),
  agentsRegistered: counted(day, COUNTED.agentsRegistered),
  credentialsGenerated: counted(day, COUNTED.credentialsGenerated),
  apiCallsTotal: counted(day, COUNTED.apiCallsTotal),
});

export const getBillingUsage = route({
  operationId: 'getBillingUsage',
  at: 'GET /api/v1/billing/usage',
  summary: 'What the organization has used today; counted anew from UTC midnight on',
  auth: client('billing'),
  run: ({ entitlements }, { principal }) => today(entitlements, principal),
  reply: json(200, UsageSummaryDto, present),
  errors: { organization_needed: 403, usage_unavailable: 500 },
});

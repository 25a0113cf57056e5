import { ok, safeTry } from 'neverthrow';
import * as z from 'zod';
import type { AccountMember } from '../../../application/accounts/authenticate.js';
import { impossible } from '../../../application/shared/impossible.js';
import { json } from '../kit/reply.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { user } from './guards.js';
import { presentUsage, type UserUsage } from './present-usage.js';
import { UsageIn, UsageOut } from './usage-schemas.js';

/** So many of the newest are shown. */
const SHOWN = 200;

/** What was used last, each with how it stands now. */
const lately = ({ accounts, entitlements }: App, member: AccountMember) =>
  safeTry(async function* () {
    const user = yield* accounts.personal.numberOf(member);
    const { features, decisions } = yield* entitlements.entitlementsOf(member.accountId, member.at);
    const { items } = yield* entitlements
      .usageOf(member.accountId, { size: SHOWN })
      .mapErr(impossible('feature_unknown'));
    const numbers = yield* entitlements.numbersOf(
      member.accountId,
      items.map(({ id }) => id),
    );
    return ok(
      items.map((record): UserUsage => {
        const key = features.find(({ id }) => id === record.featureId)?.key ?? '';
        return {
          record,
          numbers: { record: numbers.get(record.id), user },
          feature: key,
          decision: decisions.find(({ feature }) => feature === key),
        };
      }),
    );
  });

export const getUserUsage = route({
  operationId: 'getUserUsage',
  at: 'GET /api/user/usage',
  summary: 'What the caller used, newest first, with what is left of it',
  auth: user,
  run: (app, { principal }) => lately(app, principal),
  reply: json(200, z.object({ usage: z.array(UsageOut) }), (usage: readonly UserUsage[]) => ({
    usage: usage.map(presentUsage),
  })),
  errors: {},
});

type Wanted = z.output<typeof UsageIn>;

/** Files are as large as each may be, or they do not count at all. */
const fitting = ({ size_mb: size }: Wanted) =>
  size === undefined ? undefined : { feature: 'file_size_mb', amount: BigInt(Math.ceil(size)) };

const use = ({ accounts, entitlements }: App, wanted: Wanted, member: AccountMember) =>
  safeTry(async function* () {
    const { feature, amount, key } = wanted;
    const { accountId } = member;
    const user = yield* accounts.personal.numberOf(member);
    const { record, decision } = yield* entitlements.consume(
      { accountId, feature, amount, key, fitting: fitting(wanted) },
      member,
    );
    const numbers = yield* entitlements.numbersOf(accountId, [record.id]);
    return ok<UserUsage>({ record, numbers: { record: numbers.get(record.id), user }, feature, decision });
  });

export const recordUserUsage = route({
  operationId: 'recordUserUsage',
  at: 'POST /api/user/usage',
  summary: 'The caller uses something: it is recorded, or refused where the plan has nothing left of it',
  auth: user,
  body: { kind: 'json', schema: UsageIn, exact: true },
  run: (app, { body, principal }) =>
    // The features are built in, their amounts are judged by the schema, and the account is the caller's own.
    use(app, body, principal).mapErr(
      impossible('feature_unknown', 'not_reservable', 'invalid_value', 'not_found'),
    ),
  reply: json(201, z.object({ usage: UsageOut }), (usage: UserUsage) => ({ usage: presentUsage(usage) })),
  errors: { limit_reached: 409, key_reused: 409 },
});

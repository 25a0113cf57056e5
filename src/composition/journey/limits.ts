import { randomUUID } from 'node:crypto';
import { err, errAsync, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type * as z from 'zod';
import type { DecisionDto } from '../../adapters/http/training-pipes/decision.js';
import { EntitlementsDto } from '../../adapters/http/training-pipes/entitlement-schemas.js';
import { BucketDto } from '../../adapters/http/training-pipes/schemas.js';
import { poll, regionOf } from './bucket.js';
import { type ApiFailure, type Client, document } from './client.js';

type Decision = z.output<typeof DecisionDto>;
/** A project that pays, and its owner. */
export type Buyer = { readonly client: Client; readonly session: string; readonly projectId: string };

const FEATURE = 'buckets';
/** Whoever may have more than that is not brought to the end of it. */
const MOST = 100;

const failed = (reason: string): ApiFailure => ({ kind: 'unexpected_reply', reason });

/** How the project stands with its buckets, from the database. */
const standing = ({ client, session: as, projectId }: Buyer): ResultAsync<Decision, ApiFailure> =>
  client
    .call('getProjectEntitlements', { as, params: { project_id: projectId } })
    .andThen(document(EntitlementsDto))
    .andThen(({ items }) => {
      const found = items.find(({ feature }) => feature === FEATURE);
      return found ? ok(found) : err(failed(`nothing is said of ${FEATURE}`));
    });

const createBucket = (
  { client, session: as, projectId }: Buyer,
  region: string,
): ResultAsync<void, ApiFailure> =>
  client
    .call('createBucket', {
      as,
      params: { project_id: projectId },
      json: { name: `limit-${randomUUID()}`, region },
      idempotencyKey: randomUUID(),
    })
    .andThen(document(BucketDto))
    .map(() => undefined);

const told = ({ reason, used, limit, source }: Decision): string =>
  `${used} of ${limit} ${FEATURE}: ${reason}, by the ${source}`;

const refused = (failure: ApiFailure): ResultAsync<string, ApiFailure> =>
  failure.kind === 'refused' && failure.status === 403 && failure.code === 'quota_exceeded'
    ? okAsync(`one more: ${failure.status} ${failure.code}: ${failure.message}`)
    : errAsync(failure);

/** Makes buckets until there may be no more; answers each turn that the decision took. */
const untilBlocked = (
  buyer: Buyer,
  region: string,
  seen: Decision,
): ResultAsync<readonly string[], ApiFailure> =>
  seen.outcome === 'block'
    ? okAsync([])
    : createBucket(buyer, region)
        .andThen(() => standing(buyer))
        .andThen((now) => {
          if (now.used !== seen.used + 1)
            return errAsync(failed(`one bucket more counts ${now.used} after ${seen.used}`));
          const turn = now.reason === seen.reason ? [] : [told(now)];
          return untilBlocked(buyer, region, now).map((rest) => [...turn, ...rest]);
        });

/** Comes to the limit of buckets, and tries one more; answers what was said on the way. */
export const reachLimit = (buyer: Buyer): ResultAsync<readonly string[], ApiFailure> =>
  safeTry(async function* () {
    const region = yield* regionOf(buyer.client);
    const first = yield* standing(buyer);
    if (first.limit === null || first.limit > MOST) return ok([]);
    const turns = yield* untilBlocked(buyer, region, first);
    if (turns.length !== 2) return err(failed(`no warning and then a block: ${turns.join('; ')}`));
    const beyond = yield* createBucket(buyer, region)
      .andThen(() => errAsync(failed('a bucket was made beyond the limit')))
      .orElse(refused);
    return ok([...turns, beyond]);
  });

/** After an upgrade there is room for one more. */
export const liftLimit = (buyer: Buyer): ResultAsync<string, ApiFailure> =>
  safeTry(async function* () {
    const region = yield* regionOf(buyer.client);
    const now = yield* poll(() => standing(buyer).map((one) => (one.outcome === 'allow' ? one : undefined)));
    yield* createBucket(buyer, region);
    return ok(`after the upgrade ${told(now)}; one more is there`);
  });

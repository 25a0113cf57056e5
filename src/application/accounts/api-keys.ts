import { err, errAsync, ok, okAsync, type Result, type ResultAsync, safeTry } from 'neverthrow';
import { type ApiKey, KEY_START, keyPrefix } from '../../domain/accounts/api-key.js';
import { type AccountId, isUuid } from '../../domain/shared/ids.js';
import { atLeast, type Caller, hasScope, type KeyScope, type Role } from '../../domain/shared/principal.js';
import type { Instant } from '../../domain/shared/time.js';
import type { AccountsTx } from '../../ports/accounts/unit-of-work.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import type { QuotaExceeded } from '../../ports/shared/shared-tx.js';
import { impossible } from '../shared/impossible.js';
import { claim } from '../shared/once.js';
import { byCaller } from '../shared/record.js';
import { refusalsOnRecord } from '../shared/refused.js';
import type { AccountsDeps } from './deps.js';

export type NewApiKey = {
  readonly name: string;
  readonly projectId?: string | undefined;
  readonly role?: Role | undefined;
  readonly scopes?: readonly KeyScope[] | undefined;
  readonly expiresAt?: Instant | undefined;
};
export type CreatedApiKey = { readonly apiKey: ApiKey; readonly key: string };
export type UnknownProject = { readonly kind: 'unknown_project' };
type BeyondOwnRights = { readonly kind: 'beyond_own_rights'; readonly field: string };
export type ExpiryInPast = { readonly kind: 'expiry_in_past' };

/**
 * A key is shown this once and kept as a digest. One key cannot make another that may do more than
 * itself; a replay of the same request shows the same key again, from its sealed copy.
 */
export const createApiKey = (deps: AccountsDeps) => (input: NewApiKey, caller: Caller, once?: Once) => {
  const key = KEY_START + deps.random.token(32);
  const apiKey = keyOf(deps.ids.next(), key, input, caller);
  const made = deps.accounts.run((tx) =>
    safeTry(async function* () {
      yield* within(apiKey, caller);
      yield* stillAhead(apiKey.expiresAt, caller.at);
      const account = yield* tx.accounts.personalOf(caller.userId);
      const secret = deps.sealer.seal(account.dataKey, account.id, secretPlace(apiKey.id), key);
      const before = yield* claim(tx, once, { ids: { apiKey: apiKey.id }, secret });
      if (before) {
        const made = yield* tx.apiKeys.get(caller.userId, before.ids['apiKey'] ?? '');
        const sealed = before.secret ?? secret;
        return ok({
          apiKey: made,
          key: deps.sealer.open(account.dataKey, account.id, secretPlace(made.id), sealed),
        });
      }
      yield* isMember(tx, apiKey.accountId, caller);
      const countsIn = apiKey.accountId ?? account.id;
      yield* takePlace(tx, countsIn, caller.at);
      yield* tx.apiKeys.add(apiKey, deps.digest.sha256(key), countsIn);
      const deed = { accountId: account.id, action: 'api_key.create', target: apiKey.id };
      yield* tx.audit.record(byCaller(caller, deed));
      return ok({ apiKey, key });
    }),
  );
  return refusalsOnRecord(
    deps.accounts,
    (tx, refusedIn) =>
      (apiKey.accountId === undefined
        ? tx.accounts.personalOf(caller.userId).map(({ id }) => id)
        : okAsync(apiKey.accountId)
      )
        .map((accountId) => byCaller(caller, refusedIn(accountId)))
        .mapErr(impossible('not_found')),
    made,
  );
};

/** One key more. Those that have expired make way for it. */
const takePlace = (
  tx: AccountsTx,
  account: AccountId,
  at: Instant,
): ResultAsync<void, QuotaExceeded | Unavailable> =>
  tx.apiKeys
    .discount(account, at)
    .andThen((expired) =>
      expired === 0 ? okAsync(undefined) : tx.quota.release(account, 'api_keys', expired),
    )
    .andThen(() => tx.quota.take(account, 'api_keys', 1, at));

const secretPlace = (row: string) => ({ table: 'idempotency_keys', column: 'secret', row });

const stillAhead = (expiresAt: Instant | undefined, at: Instant): Result<void, ExpiryInPast> =>
  expiresAt !== undefined && expiresAt <= at ? err({ kind: 'expiry_in_past' }) : ok(undefined);

const isMember = (
  tx: AccountsTx,
  project: AccountId | undefined,
  { userId }: Caller,
): ResultAsync<void, UnknownProject | Unavailable> => {
  if (project === undefined) return okAsync(undefined);
  if (!isUuid(project)) return errAsync({ kind: 'unknown_project' });
  return tx.memberships
    .roleOf(project, userId)
    .andThen((role) => (role ? ok(undefined) : err({ kind: 'unknown_project' as const })));
};

const keyOf = (id: string, key: string, input: NewApiKey, caller: Caller): ApiKey => ({
  id,
  userId: caller.userId,
  name: input.name,
  prefix: keyPrefix(key),
  accountId: input.projectId as AccountId | undefined,
  roleCap: input.role,
  scopes: input.scopes ?? [],
  createdAt: caller.at,
  expiresAt: input.expiresAt,
});

/** A key made with a key stays within its maker's project, role and scopes. */
const within = (made: ApiKey, { via }: Caller): Result<void, BeyondOwnRights> => {
  const beyond = (field: string) => err({ kind: 'beyond_own_rights' as const, field });
  if (via.kind === 'session') return ok(undefined);
  if (via.accountId !== undefined && made.accountId !== via.accountId) return beyond('project_id');
  if (via.roleCap !== undefined && (!made.roleCap || !atLeast(via.roleCap, made.roleCap)))
    return beyond('role');
  if (made.scopes.some((scope) => !hasScope(via, scope))) return beyond('scopes');
  return ok(undefined);
};

/** Takes effect with the next request that shows the key. */
export const deleteApiKey =
  ({ accounts }: AccountsDeps) =>
  (id: string, caller: Caller) =>
    accounts.run((tx) =>
      safeTry(async function* () {
        const countedIn = yield* tx.apiKeys.revoke(caller.userId, id, caller.at);
        if (countedIn !== undefined) yield* tx.quota.release(countedIn, 'api_keys', 1);
        const { id: accountId } = yield* tx.accounts.personalOf(caller.userId);
        yield* tx.audit.record(byCaller(caller, { accountId, action: 'api_key.delete', target: id }));
        return ok(undefined);
      }),
    );

import { err, ok, type Result, safeTry } from 'neverthrow';
import {
  type ClientScope,
  clientRowId,
  type OrganizationClient,
  SECRET_START,
} from '../../domain/accounts/organization-client.js';
import type { PageRequest } from '../../domain/shared/page.js';
import { atLeast, hasScope, type Member } from '../../domain/shared/principal.js';
import type { Instant } from '../../domain/shared/time.js';
import { type Forbidden, NOT_FOUND } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { claim } from '../shared/once.js';
import { byCaller } from '../shared/record.js';
import type { AccountsDeps } from './deps.js';

export type NewOrganizationClient = {
  readonly name: string;
  readonly scopes?: readonly ClientScope[] | undefined;
};
export type CreatedOrganizationClient = { readonly client: OrganizationClient; readonly secret: string };

/** A client is made once and revoked once, and never changed between. */
const CREATED = 1;
const REVOKED = 2;

const eventOf = (client: OrganizationClient, seq: number, type: string, at: Instant) => ({
  stream: client.id,
  seq,
  type,
  accountId: client.accountId,
  data: { name: client.name, scopes: client.scopes },
  at,
});

const secretPlace = (row: string) => ({ table: 'idempotency_keys', column: 'secret', row });

/**
 * A client of the member’s organization. Its secret is shown this once and kept as a digest; a replay of the
 * same request shows the same secret again, from its sealed copy.
 */
export const createOrganizationClient =
  (deps: AccountsDeps) => (input: NewOrganizationClient, member: Member, once?: Once) => {
    const { accountId, at } = member;
    const client = {
      id: deps.ids.next(),
      accountId,
      name: input.name,
      scopes: input.scopes ?? [],
      createdAt: at,
    };
    const secret = SECRET_START + deps.random.token(32);
    return deps.accounts.run((tx) =>
      safeTry(async function* () {
        yield* mayGive(client.scopes, member);
        const { dataKey } = yield* tx.accounts.lockLive(accountId);
        const sealed = deps.sealer.seal(dataKey, accountId, secretPlace(client.id), secret);
        const before = yield* claim(tx, once, { ids: { client: client.id }, secret: sealed });
        if (before) {
          const made = yield* tx.organizationClients.get(accountId, before.ids['client'] ?? '');
          const kept = before.secret ?? sealed;
          return ok({
            client: made,
            secret: deps.sealer.open(dataKey, accountId, secretPlace(made.id), kept),
          });
        }
        yield* tx.organizationClients.add(client, deps.digest.sha256(secret));
        const key = `credential:${client.id}`;
        yield* tx.uses.count([{ accountId, feature: 'credentials_generated', amount: 1n, key, at }]);
        yield* tx.events.append(eventOf(client, CREATED, 'organization_client.created', at));
        const data = { scopes: client.scopes };
        const deed = { accountId, action: 'organization_client.create', target: client.id, data };
        yield* tx.audit.record(byCaller(member, deed));
        return ok<CreatedOrganizationClient>({ client, secret });
      }),
    );
  };

/** Nobody makes a client that may do more than they: what costs money is the owner’s. */
const mayGive = (scopes: readonly ClientScope[], { role, via }: Member): Result<void, Forbidden> => {
  if (!scopes.includes('billing')) return ok(undefined);
  if (!atLeast(role, 'owner')) return err({ kind: 'forbidden', needs: 'the role "owner"' });
  return hasScope(via, 'billing')
    ? ok(undefined)
    : err({ kind: 'forbidden', needs: 'an API key with the scope "billing"' });
};

/** The clients of the member’s organization, oldest first. */
export const listOrganizationClients =
  ({ readers }: AccountsDeps) =>
  (member: Member, page: PageRequest<string>) =>
    readers.clientsOf(member.accountId, page);

/** Takes effect with the next request: no new token, and those that are out open nothing any more. */
export const revokeOrganizationClient =
  ({ accounts }: AccountsDeps) =>
  (clientId: string, member: Member) =>
    accounts.run((tx) =>
      safeTry(async function* () {
        const id = clientRowId(clientId);
        if (id === undefined) return err(NOT_FOUND);
        const { accountId, at } = member;
        const revoked = yield* tx.organizationClients.revoke(accountId, id, at);
        yield* tx.events.append(eventOf(revoked, REVOKED, 'organization_client.revoked', at));
        yield* tx.audit.record(
          byCaller(member, { accountId, action: 'organization_client.revoke', target: id }),
        );
        return ok(undefined);
      }),
    );

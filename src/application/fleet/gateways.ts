import { err, ok, type ResultAsync, safeTry } from 'neverthrow';
import type { Gateway, GatewayProvider } from '../../domain/fleet/gateway.js';
import { newGateway } from '../../domain/fleet/make.js';
import { removeGateway } from '../../domain/fleet/wishes.js';
import type { PageRequest } from '../../domain/shared/page.js';
import type { Member } from '../../domain/shared/principal.js';
import type { FleetTx } from '../../ports/fleet/unit-of-work.js';
import type { NotFound, Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { claim } from '../shared/once.js';
import { byCaller } from '../shared/record.js';
import { memberRefused } from '../shared/refused.js';
import type { FleetDeps } from './deps.js';
import { stateEvent } from './events.js';
import { type Chosen, chooseByProvider } from './offers.js';
import { saveGateway } from './save.js';

export type GatewayInUse = { readonly kind: 'gateway_in_use' };
export type GatewayAsked = {
  readonly provider: GatewayProvider;
  readonly region: string;
  readonly type: string;
};

/** A gateway of the account's own, which runs whether or not a file system is attached to it. */
export const createGateway = (deps: FleetDeps) => (asked: GatewayAsked, member: Member, once?: Once) =>
  memberRefused(
    deps.fleet,
    member,
    safeTry(async function* () {
      const chosen = yield* chooseByProvider(deps.providers, asked.provider, asked.region, asked.type);
      yield* deps.entitlements.mayLaunch(member.accountId, chosen.type);
      return intend(deps, chosen, member, once);
    }),
  );

const intend = ({ fleet, ids }: FleetDeps, chosen: Chosen, member: Member, once?: Once) => {
  const { accountId, at } = member;
  const { provider, region, type } = chosen;
  const gateway = newGateway({
    id: ids.next(),
    accountId,
    provider,
    region,
    type: type.name,
    auto: false,
    at,
  });
  return fleet.runAdding((tx) =>
    safeTry(async function* () {
      yield* tx.accounts.lockLive(accountId);
      const before = yield* claim(tx, once, { ids: { gateway: gateway.id } });
      if (before) return shownAgain(tx, member, before.ids['gateway'] ?? '');
      yield* tx.quota.take(accountId, 'gateways', 1, at);
      yield* tx.gateways.add(gateway, at);
      yield* tx.events.append(stateEvent(gateway, at));
      yield* tx.audit.record(byCaller(member, { accountId, action: 'gateway.create', target: gateway.id }));
      return ok(gateway);
    }),
  );
};

const shownAgain = (tx: FleetTx, member: Member, id: string): ResultAsync<Gateway, NotFound | Unavailable> =>
  tx.gateways.get(member.accountId, id);

export const getGateway =
  ({ readers }: FleetDeps) =>
  (id: string, member: Member) =>
    readers.gateway(member.accountId, id);

export const listGateways =
  ({ readers }: FleetDeps) =>
  (member: Member, page: PageRequest<string>) =>
    readers.gatewaysOf(member.accountId, page);

/** The gateway goes, and its instance with it; not while a file system is attached. */
export const deleteGateway =
  ({ fleet }: FleetDeps) =>
  (id: string, member: Member) =>
    fleet.run((tx) =>
      safeTry(async function* () {
        const { accountId, at } = member;
        const current = yield* tx.gateways.get(accountId, id);
        if (current.status === 'terminating') return ok(undefined);
        const attached = yield* tx.fileSystems.on(accountId, id);
        if (attached.length > 0) return err<never, GatewayInUse>({ kind: 'gateway_in_use' });
        yield* saveGateway(tx, current, removeGateway(current, at), at);
        yield* tx.gateways.wake(id, at);
        yield* tx.audit.record(byCaller(member, { accountId, action: 'gateway.delete', target: id }));
        return ok(undefined);
      }),
    );

import type { ResultAsync } from 'neverthrow';
import { afterAll, describe, expect, it } from 'vitest';
import { contexts, ports } from '../../../src/composition/tokens.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import type { Member } from '../../../src/domain/shared/principal.js';
import type { FleetTx } from '../../../src/ports/fleet/unit-of-work.js';
import { rebind, startApp } from '../../support/app.js';
import { clientOf, world } from '../../support/client.js';
import { allowed, override } from '../../support/entitled.js';
import { freshDatabase } from '../../support/postgres.js';

const AT_ONCE = 16;

/** An app whose fleet counts how often its units were begun. */
const open = async () => {
  const database = await freshDatabase(AT_ONCE + 2);
  const count = { tries: 0 };
  const app = await startApp({
    db: database.db,
    override: (container) => {
      const units = container.get(ports.fleet);
      const counted =
        <T, E>(work: (tx: FleetTx) => ResultAsync<T, E>) =>
        (tx: FleetTx) => {
          count.tries += 1;
          return work(tx);
        };
      rebind(container, ports.fleet, {
        ...units,
        run: (work) => units.run(counted(work)),
        runAdding: (work) => units.runAdding(counted(work)),
        runExclusive: (account, work) => units.runExclusive(account, counted(work)),
      });
    },
  });
  const here = await world(app, clientOf(app));
  const member: Member = {
    at: app.clock.now(),
    address: '127.0.0.1',
    requestId: 'a-request',
    userId: here.owner.id as Member['userId'],
    via: { kind: 'session', id: 'a-session' },
    platformAdmin: false,
    accountId: here.projectId as Member['accountId'],
    role: 'owner',
  };
  const close = async (): Promise<void> => {
    await app.close();
    await database.close();
  };
  return { fleet: app.container.get(contexts.fleet), here, member, count, container: app.container, close };
};

describe('a crowd that makes things of one project at the same moment', () => {
  const opening = open();
  afterAll(async () => (await opening).close());
  const outcomes = async (making: readonly ResultAsync<unknown, { readonly kind: string }>[]) =>
    (await Promise.all(making)).map((one) => (one.isOk() ? 'made' : one.error.kind)).sort();
  const crowd = Array.from({ length: AT_ONCE });

  it('has its file systems of one bucket, none of them in more than two tries', async () => {
    const { fleet, here, member, count } = await opening;
    const asked = { bucketId: here.bucketId, region: 'local', preload: false };
    count.tries = 0;
    expect(await outcomes(crowd.map(() => fleet.createFileSystem(asked, member)))).toEqual(
      crowd.map(() => 'made'),
    );
    expect(count.tries).toBeLessThanOrEqual(2 * AT_ONCE);
    const { items } = (await fleet.listFileSystems(member, { size: 100 }))._unsafeUnwrap();
    expect(items).toHaveLength(AT_ONCE);
  });

  it('has as many gateways as there is room for, and the others are told so', async () => {
    const { fleet, here, member, count, container } = await opening;
    const room = 5;
    const entitlements = container.get(ports.entitlements);
    await override({ entitlements }, here.projectId as AccountId, 'gateways', allowed(AT_ONCE + room));
    const asked = { provider: 'local', region: 'local', type: 'local.standard' } as const;
    count.tries = 0;
    expect(await outcomes(crowd.map(() => fleet.createGateway(asked, member)))).toEqual([
      ...crowd.slice(0, room).map(() => 'made'),
      ...crowd.slice(room).map(() => 'quota_exceeded'),
    ]);
    expect(count.tries).toBeLessThanOrEqual(2 * AT_ONCE);
    const account = here.projectId as AccountId;
    const facts = await entitlements.run((tx) => tx.facts(account, member.at, ['gateways']));
    expect(facts._unsafeUnwrap().features.get('gateways')?.held).toBe(BigInt(AT_ONCE + room));
  });
});

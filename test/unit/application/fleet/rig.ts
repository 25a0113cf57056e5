import { okAsync, type Result, ResultAsync } from 'neverthrow';
import { memoryDeployment } from '../../../../src/adapters/memory/fleet/deployment.js';
import { memoryEventFeed } from '../../../../src/adapters/memory/fleet/event-feed.js';
import { memoryGatewayLeases } from '../../../../src/adapters/memory/fleet/leases.js';
import { memoryProvider } from '../../../../src/adapters/memory/fleet/provider.js';
import type { FaultOf } from '../../../../src/adapters/memory/fleet/provider-faults.js';
import type { Pace } from '../../../../src/adapters/memory/fleet/provider-world.js';
import { memoryPublicFileSystems } from '../../../../src/adapters/memory/fleet/public-file-systems.js';
import { memoryFleetReaders } from '../../../../src/adapters/memory/fleet/readers.js';
import { memoryFleet } from '../../../../src/adapters/memory/fleet/unit-of-work.js';
import { memoryStore } from '../../../../src/adapters/memory/kit/store.js';
import { countingIds } from '../../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { seededRandom } from '../../../../src/adapters/memory/shared/seeded-random.js';
import { systemDigest } from '../../../../src/adapters/system/digest.js';
import type { FleetDeps } from '../../../../src/application/fleet/deps.js';
import { fleet } from '../../../../src/application/fleet/index.js';
import type { FileSystem } from '../../../../src/domain/fleet/file-system.js';
import type { Gateway } from '../../../../src/domain/fleet/gateway.js';
import type { AccountId, UserId } from '../../../../src/domain/shared/ids.js';
import type { Member } from '../../../../src/domain/shared/principal.js';
import { type Instant, instant, MINUTE, SECOND } from '../../../../src/domain/shared/time.js';
import type { IntervalStart } from '../../../../src/ports/fleet/unit-of-work.js';
import type { DomainEvent } from '../../../../src/ports/shared/events.js';
import type { DataKey, Sealed, Sealer } from '../../../../src/ports/shared/sealer.js';
import type { QuotaFeature } from '../../../../src/ports/shared/shared-tx.js';
import { offering } from '../../../support/fleet-providers.js';

export const START = instant(Date.UTC(2026, 0, 15, 12));
export const ACCOUNT = '00000000-0000-7000-8000-00000000000a' as AccountId;
export const BUCKET = '00000000-0000-7000-8000-00000000000b';
const KEY = 'the account key' as DataKey;
const QUOTAS = { buckets: 5, connections: 5, members: 5, file_systems: 50, gateways: 50 };

const openSealer: Sealer = {
  newDataKey: () => KEY,
  seal: (_key, _account, _place, plain) => plain as Sealed,
  rewrap: (key) => key,
  open: (_key, _account, _place, sealed) => sealed,
};

/** A provider's deadline is over when others have had so many turns. */
const inTurns = (n: number) =>
  ResultAsync.fromSafePromise<void, never>(
    (async () => {
      for (let i = 0; i < n; i += 1) await Promise.resolve();
    })(),
  );
const DEADLINE = 2_000;

/** What has to succeed for a story to go on. */
export const well = <T, E>(result: Result<T, E>): T => result._unsafeUnwrap();

type Options = {
  readonly pace?: Partial<Pace>;
  readonly faultOf?: FaultOf;
};

export type Interval = IntervalStart & { readonly endedAt?: Instant };

/** The fleet on memory: a bucket to show, a provider with faults, and any number of processes. */
export const stage = async ({ pace, faultOf }: Options = {}) => {
  const clock = fixedClock(START);
  const ids = countingIds(1_000);
  const store = memoryStore();
  let rotations = 0;
  const address = () => ({
    provider: 's3compat' as const,
    region: 'here',
    endpoint: 'http://store.invalid',
    accessKeyId: `key ${rotations}`,
    secretAccessKey: `secret ${rotations}`,
  });
  const gateways = memoryProvider({
    clock,
    hostId: 'here',
    admits: (way) => JSON.stringify(way.address) === JSON.stringify(address()),
    ...(pace && { pace }),
    ...(faultOf && { faultOf }),
  });
  well(
    await store.run((tx) =>
      tx
        .table('accounts')
        .put(ACCOUNT, { id: ACCOUNT, dataKey: KEY })
        .andThen(() =>
          tx.table('buckets').put(BUCKET, { id: BUCKET, accountId: ACCOUNT, status: 'active', version: 1 }),
        ),
    ),
  );
  const deps = (deployment: string): FleetDeps => {
    return {
      clock,
      ids,
      random: seededRandom(),
      digest: systemDigest,
      pause: { wait: () => inTurns(DEADLINE) },
      sealer: openSealer,
      accountKeys: { get: () => okAsync(KEY) },
      fleet: memoryFleet(store, { ids, quotas: QUOTAS }),
      readers: memoryFleetReaders(store),
      leases: memoryGatewayLeases(store),
      feed: memoryEventFeed(store),
      providers: offering(gateways),
      sources: {
        access: () =>
          okAsync({
            address: address(),
            bucket: 'bucket',
            prefix: '',
          }),
      },
      entitlements: { mayLaunch: () => okAsync(undefined) },
      deployment: memoryDeployment(store, deployment),
      publicFileSystems: memoryPublicFileSystems(store),
      settings: { hostId: 'here', currency: 'usd' },
    };
  };
  /** Another process of a deployment. */
  const process = (deployment = 'ours', other: Partial<FleetDeps> = {}) =>
    fleet({ ...deps(deployment), ...other });
  const app = process();
  const member = (): Member => ({
    at: clock.now(),
    address: '127.0.0.1',
    requestId: 'a-request',
    userId: 'a-user' as UserId,
    via: { kind: 'session', id: 'a-session' },
    platformAdmin: false,
    accountId: ACCOUNT,
    role: 'admin',
  });
  const rows = async <Row>(table: string) => (await store.read<Row>(table).all())._unsafeUnwrap();
  const settle = async (reconciler = app.reconciler) => {
    for (let i = 0; i < 200; i += 1) if ((await reconciler.reconcileOnce(50))._unsafeUnwrap() === 0) return;
    throw new Error('it never comes to rest');
  };
  return {
    clock,
    store,
    gateways,
    /** The bucket has other keys from now on, and takes nothing from those who come with the old ones. */
    rotate: () => {
      rotations += 1;
    },
    app,
    process,
    member,
    rows,
    /** What the quota counts of a feature. */
    used: async (feature: QuotaFeature) =>
      (
        await store.read<{ used: number }>('quota_usage').get(JSON.stringify([ACCOUNT, feature]))
      )._unsafeUnwrap()?.used ?? 0,
    /** Steps until nothing is due. */
    settle,
    /** Time goes by, second for second, with all steps that become due. */
    pass: async (ms: number) => {
      for (let left = ms; left > 0; left -= SECOND) {
        clock.advance(Math.min(left, SECOND));
        await settle();
      }
    },
    /** The longest that anything waits for its next step. */
    wait: async () => {
      clock.advance(6 * MINUTE);
      await settle();
    },
    create: async (over: { readonly instanceType?: string; readonly preload?: boolean } = {}) =>
      (
        await app.createFileSystem({ bucketId: BUCKET, region: 'local', preload: false, ...over }, member())
      )._unsafeUnwrap(),
    fileSystem: async (id: string) => {
      const found = (await rows<FileSystem>('file_systems')).find((row) => row.id === id);
      if (!found) throw new Error(`no file system ${id}`);
      return found;
    },
    gateway: async (id: string | undefined) => {
      const found = (await rows<Gateway>('gateways')).find((row) => row.id === id);
      if (!found) throw new Error(`no gateway ${id}`);
      return found;
    },
    intervals: async (id: string) =>
      (await rows<Interval>('file_system_intervals'))
        .filter(({ fileSystemId }) => fileSystemId === id)
        .sort((a, b) => a.startedAt - b.startedAt)
        .map(({ startedAt, endedAt }) => [
          startedAt - START,
          endedAt === undefined ? undefined : endedAt - START,
        ]),
    events: async (stream: string) =>
      (await rows<DomainEvent>('events'))
        .filter((event) => event.stream === stream)
        .sort((a, b) => a.seq - b.seq),
  };
};
export type Stage = Awaited<ReturnType<typeof stage>>;

import { ResultAsync } from 'neverthrow';
import { memoryInboundEvents } from '../../../../src/adapters/memory/billing/inbound-events.js';
import { type MemoryProcessor, memoryProcessor } from '../../../../src/adapters/memory/billing/processor.js';
import { delivery } from '../../../../src/adapters/memory/billing/processor-events.js';
import type { Emitted } from '../../../../src/adapters/memory/billing/processor-records.js';
import { memoryBillingReaders } from '../../../../src/adapters/memory/billing/readers.js';
import { memoryBilling } from '../../../../src/adapters/memory/billing/unit-of-work.js';
import { type MemoryStore, memoryStore } from '../../../../src/adapters/memory/kit/store.js';
import { countingIds } from '../../../../src/adapters/memory/shared/counting-ids.js';
import { type FixedClock, fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { TABLES as SHARED } from '../../../../src/adapters/memory/shared/rows.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import type { ReceiveDeps } from '../../../../src/application/billing/events/receive-event.js';
import type { ReconcileDeps } from '../../../../src/application/billing/events/reconcile-mirrors.js';
import { type Customer, newCustomer } from '../../../../src/domain/billing/customer.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { instant } from '../../../../src/domain/shared/time.js';
import type { BillingReaders, BillingUnitOfWork } from '../../../../src/ports/billing/unit-of-work.js';
import type { Ids } from '../../../../src/ports/shared/ids.js';
import type { DataKey } from '../../../../src/ports/shared/sealer.js';

export const NOW = instant(Date.UTC(2026, 0, 31, 12));
export const SECRET = 'a secret of webhooks';
const MONTHLY = { interval: 'month', count: 1 } as const;
const QUOTAS = { buckets: 20, connections: 20, members: 20, file_systems: 100, gateways: 100 };

/** All that mirroring asks of the world, as a process has it. */
export type PipelineDeps = ReceiveDeps & ReconcileDeps;

/** What outlives a process: rows, the processor, time. */
export type Stage = {
  readonly clock: FixedClock;
  readonly ids: Ids;
  readonly store: MemoryStore;
  readonly billing: BillingUnitOfWork;
  readonly readers: BillingReaders;
  readonly memory: MemoryProcessor;
  readonly deps: PipelineDeps;
  readonly price: (amount: bigint) => string;
  readonly customer: (name: string) => Promise<Customer & { readonly processorId: string }>;
  readonly sent: (event: Emitted) => {
    readonly raw: Uint8Array;
    readonly signature: string;
    readonly door: string;
  };
};

/** A platform on memory adapters, with a processor of its own. */
export const openStage = (yieldTo?: () => Promise<void>): Stage => {
  const clock = fixedClock(NOW);
  const ids = countingIds();
  const store = memoryStore(yieldTo === undefined ? {} : { yieldTo });
  const billing = memoryBilling(store, { ids, quotas: QUOTAS });
  const readers = memoryBillingReaders(store);
  const memory = memoryProcessor({
    clock,
    sellers: () => [{ connection: PLATFORM_CONNECTION, secrets: [SECRET] }],
  });
  const hooks = memory.hooks(PLATFORM_CONNECTION);
  return {
    clock,
    ids,
    store,
    billing,
    readers,
    memory,
    deps: { clock, ids, billing, readers, processor: memory, inbound: memoryInboundEvents(store) },
    price: (amount) =>
      hooks.addPrice({
        productId: 'prod_plan',
        active: true,
        currency: 'usd',
        amount,
        every: MONTHLY,
        metered: false,
      }),
    customer: async (name) => {
      const id = ids.next();
      const person = { key: id, name, labels: {} };
      const processorId = (await memory.checkout.ensureCustomer(PLATFORM_CONNECTION, person))._unsafeUnwrap();
      hooks.keepCard(processorId, 'pays');
      const payer = ids.next() as AccountId;
      const account = { id: payer, dataKey: 'a key' as DataKey };
      await well(store.run((tx) => tx.table(SHARED.accounts).put(payer, account)));
      const made = newCustomer(id, PLATFORM, payer, clock.now());
      const bound = await billing.run((tx) =>
        tx.customers.ensure(made).andThen((one) => tx.customers.bind(one, processorId)),
      );
      return { ...bound._unsafeUnwrap(), processorId };
    },
    sent: (event) => ({ ...delivery(event, clock.now(), SECRET), door: 'a door' }),
  };
};

/** What must go well, for the test to mean anything. */
export const well = async <T, E>(answer: ResultAsync<T, E>): Promise<T> => (await answer)._unsafeUnwrap();

/** What may go either way. */
export const whatever = <T, E>(answer: ResultAsync<T, E>): Promise<boolean> =>
  answer.match(
    () => true,
    () => false,
  );

/** What a port's function may meet: acts when its turn has come. */
export type Meeting = (
  name: string,
  act: () => ResultAsync<unknown, unknown>,
) => ResultAsync<unknown, unknown>;

const answersAtOnce = (value: unknown): boolean => !(value instanceof ResultAsync);

/** Ports whose every call meets something first; what a unit of work hands its callback is met as well. */
export const meeting = <T extends object>(meet: Meeting, port: T, name = ''): T =>
  new Proxy(port, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property);
      const path = `${name}.${String(property)}`;
      if (typeof value === 'object' && value !== null) return meeting(meet, value, path);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (/\.(now|next|verify)$/.test(path)) return value.apply(target, given);
        const within = given.map((one) =>
          typeof one === 'function' ? (tx: object) => one(meeting(meet, tx, `${path} tx`)) : one,
        );
        return meet(path, () => {
          const answer: unknown = value.apply(target, within);
          if (answersAtOnce(answer)) throw new Error(`${path} is no port's function`);
          return answer as ResultAsync<unknown, unknown>;
        });
      };
    },
  });

import fc from 'fast-check';
import { errAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { memoryAccounts } from '../../../../src/adapters/memory/accounts/unit-of-work.js';
import { memoryEntitlementReaders } from '../../../../src/adapters/memory/entitlements/readers.js';
import { memoryStore } from '../../../../src/adapters/memory/kit/store.js';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { systemIds } from '../../../../src/adapters/system/ids.js';
import { callTally } from '../../../../src/application/accounts/call-tally.js';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { DAY, instant } from '../../../../src/domain/shared/time.js';
import type { AccountsUnitOfWork } from '../../../../src/ports/accounts/unit-of-work.js';
import type { Unavailable } from '../../../../src/ports/shared/failure.js';
import { newAccountId } from '../../../support/accounts.js';

/** Twelve at noon of the day before the last of a month. */
const NOON = instant(Date.UTC(2026, 0, 30, 12));
const GONE: Unavailable = { kind: 'unavailable', dependency: 'test', cause: new Error('cut off') };

type Fault = 'before' | 'after' | 'none';

/** Processes that count on one database, of which each may be cut off before or after it has written. */
const processes = (many: number) => {
  const store = memoryStore();
  const clock = fixedClock(NOON);
  const accounts = memoryAccounts(store, { ids: systemIds, quotas: {} });
  const readers = memoryEntitlementReaders(store);
  const start = () => {
    let fault: Fault = 'none';
    const runAdding: AccountsUnitOfWork['runAdding'] = (work) => {
      const now = fault;
      fault = 'none';
      if (now === 'before') return errAsync(GONE);
      const done = accounts.runAdding(work);
      return now === 'after' ? done.andThen(() => errAsync(GONE)) : done;
    };
    const faulty: AccountsUnitOfWork = { ...accounts, runAdding };
    const tally = callTally({ accounts: faulty, clock, ids: systemIds });
    return {
      ...tally,
      flushWith: (next: Fault) => {
        fault = next;
        return tally.flush();
      },
    };
  };
  const used = async (account: AccountId): Promise<bigint | undefined> => {
    const { features } = (await readers.facts(account, clock.now(), ['api_calls']))._unsafeUnwrap();
    return features.get('api_calls')?.counts.day.used;
  };
  const records = async (account: AccountId) =>
    (await readers.records(account, { size: 1_000 }))._unsafeUnwrap().items.map(({ value }) => value);
  return { clock, used, records, running: Array.from({ length: many }, start) };
};

type Process = ReturnType<typeof processes>['running'][number];

const flushed = async (process: Process | undefined, fault: Fault): Promise<boolean> =>
  process === undefined || (await process.flushWith(fault)).isOk();

describe('calls that a process counts', () => {
  it('are one record for each organization until they are written down, and none where nobody called', async () => {
    const { running, used, records } = processes(1);
    const [process] = running;
    const [one, other] = [newAccountId(), newAccountId()];
    for (let i = 0; i < 5; i += 1) process?.note(one);
    process?.note(other);
    expect(await used(one)).toBe(0n);
    for (let i = 0; i < 3; i += 1) expect((await process?.flush())?.isOk()).toBe(true);
    expect([await records(one), await records(other)]).toEqual([[5n], [1n]]);
    process?.note(one);
    expect((await process?.flush())?.isOk()).toBe(true);
    expect([await used(one), await records(one)]).toEqual([6n, [1n, 5n]]);
  });

  it('count in the UTC day in which they came, though they are written down in the next', async () => {
    const { running, used, clock } = processes(1);
    const [process] = running;
    const account = newAccountId();
    clock.advance(DAY / 2 - 1);
    for (let i = 0; i < 3; i += 1) process?.note(account);
    clock.advance(1);
    process?.note(account);
    clock.advance(60_000);
    expect((await process?.flush())?.isOk()).toBe(true);
    expect(await used(account)).toBe(1n);
    clock.advance(-DAY / 2);
    expect(await used(account)).toBe(3n);
  });

  it('add up, whoever counts them, and whenever one is cut off before or after it has written', async () => {
    const deeds = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ by: fc.nat(1), call: fc.nat(2) }) },
        {
          weight: 1,
          arbitrary: fc.record({
            by: fc.nat(1),
            flush: fc.constantFrom<Fault>('before', 'after', 'none'),
            waits: fc.boolean(),
          }),
        },
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(deeds, async (history) => {
        const { running, used } = processes(2);
        const accounts = [newAccountId(), newAccountId(), newAccountId()];
        const called = accounts.map(() => 0n);
        const flushing: Promise<boolean>[] = [];
        for (const deed of history) {
          const process = running[deed.by];
          if ('call' in deed) {
            process?.note(accounts[deed.call] ?? newAccountId());
            called[deed.call] = (called[deed.call] ?? 0n) + 1n;
          } else {
            flushing.push(flushed(process, deed.flush));
            if (deed.waits) await Promise.all(flushing);
          }
        }
        for (const process of running) {
          // What was cut off last goes first; then what came meanwhile.
          await flushed(process, 'none');
          expect(await flushed(process, 'none')).toBe(true);
        }
        expect(await Promise.all(accounts.map(used))).toEqual(called);
      }),
      { numRuns: 100 },
    );
  });
});

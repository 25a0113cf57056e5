import { errAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { TABLES as ACCOUNTS } from '../../../../src/adapters/memory/accounts/rows.js';
import { memoryStorageMeter } from '../../../../src/adapters/memory/storage/meter.js';
import { tellHeld } from '../../../../src/application/entitlements/tell-held.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import type { Allowance } from '../../../../src/domain/entitlements/allowance.js';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import type { Unavailable } from '../../../../src/ports/shared/failure.js';
import { newId } from '../../../support/accounts.js';
import { allowed } from '../../../support/entitled.js';
import { NOW, type Stage, stage, value } from './stage.js';

const NOTHING = { bytes: 0, objects: 0 };
const DOWN: Unavailable = { kind: 'unavailable', dependency: 'the database', cause: 'a fault' };
const TEN: Allowance = { limit: 10n, window: 'lifetime', soft: false, warnPercent: 80 };

const scene = async () => {
  const on: Stage = stage();
  const account = await on.account();
  const bucketId = newId();
  const store = async (bytes: number, objects = 1) =>
    value(
      memoryStorageMeter(on.store).add([
        { accountId: account, bucketId, at: NOW, added: { bytes, objects }, freed: NOTHING },
      ]),
    );
  /** How often a process has written, and whether the database answers. */
  const database = { runs: 0, answers: true };
  const run: Stage['units']['entitlements']['run'] = (work) => {
    database.runs += 1;
    return database.answers ? on.units.entitlements.run(work) : errAsync(DOWN);
  };
  const process = () => {
    const tell = tellHeld({
      clock: on.clock,
      ids: on.ids,
      entitlements: { ...on.units.entitlements, run },
      readers: on.readers,
      settings: { fallbacks: new Map([['objects', TEN]]), platform: PLATFORM as string as AccountId },
    });
    return () => tell(account, ['storage_bytes', 'objects']);
  };
  const told = async () =>
    (await on.events()).map(({ type, data }) => [type, data['feature'], data['limit'], data['used']]);
  return { on, account, store, database, process, told };
};

describe('what a store holds', () => {
  it('is told of at the share that is warned of and at all of it, by the limit that holds', async () => {
    const { on, account, store, process, told } = await scene();
    const tell = process();
    await store(1_000, 7);
    await value(tell());
    expect(await told()).toEqual([]);
    await on.grant(account, 'storage_bytes', allowed(2_000));
    await store(1_000, 1);
    await value(tell());
    expect(await told()).toEqual([
      ['entitlement.warned', 'storage_bytes', 2_000, 2_000],
      ['entitlement.reached', 'storage_bytes', 2_000, 2_000],
      ['entitlement.warned', 'objects', 10, 8],
    ]);
  });

  it('is told of once by all processes together, and none writes again what it has told', async () => {
    const { store, database, process, told } = await scene();
    const [one, other] = [process(), process()];
    await store(1, 8);
    for (const tell of [one, one, other, other, one]) await value(tell());
    expect(await told()).toEqual([['entitlement.warned', 'objects', 10, 8]]);
    expect(database.runs).toBe(2);
    await store(1, 2);
    for (const tell of [other, one]) await value(tell());
    expect((await told()).slice(1)).toEqual([['entitlement.reached', 'objects', 10, 10]]);
  });

  it('is told of again when another limit holds', async () => {
    const { on, account, store, process, told } = await scene();
    const tell = process();
    await store(90, 1);
    for (const limit of [100, 100, 110]) {
      await on.grant(account, 'storage_bytes', allowed(limit));
      await value(tell());
    }
    expect((await told()).map(([, , limit]) => limit)).toEqual([100, 110]);
  });

  it('is told of later where the database does not answer', async () => {
    const { store, database, process, told } = await scene();
    const tell = process();
    await store(1, 8);
    database.answers = false;
    expect((await tell())._unsafeUnwrapErr()).toEqual(DOWN);
    expect(await told()).toEqual([]);
    database.answers = true;
    await value(tell());
    expect(await told()).toHaveLength(1);
  });

  it('is told of nobody who is gone', async () => {
    const { on, account, store, process, told } = await scene();
    await store(1, 8);
    await value(on.store.run((tx) => tx.table<{ id: string }>(ACCOUNTS.accounts).remove(account)));
    await value(process()());
    expect(await told()).toEqual([]);
  });
});

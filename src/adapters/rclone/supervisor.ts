import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { childOf } from './child.js';
import { type Found, readInstance, type ServedExport, servedExports, settleInstance } from './instance.js';
import type { Keeper } from './keeper.js';
import { instancePlaces } from './records.js';
import { isServed } from './settle.js';

const TICK_MS = 1_000;
/** What terminated instances leave behind until all of it is removed. */
export const GONE = '.gone-';

const isAtRest = async (keeper: Keeper, { place, record }: ServedExport): Promise<boolean> => {
  if (record.refused !== undefined) return true;
  const child = await childOf(place);
  if (record.mode !== 'serve' || !child) return false;
  return isServed(keeper, { place, record }, child);
};

/** Whether there is anything to be done: told without the lock, for mostly there is nothing. */
const needsCare = async (keeper: Keeper, { place, state }: Found): Promise<boolean> => {
  if (state.state !== 'running') return state.state === 'stopping';
  for (const one of await servedExports(place)) if (!(await isAtRest(keeper, one))) return true;
  return false;
};

const tick = async (keeper: Keeper): Promise<void> => {
  const { stateDir, options, lock, door } = keeper;
  await door.keep();
  for (const place of await instancePlaces(stateDir)) {
    const found = await readInstance(place);
    if (found?.spec.deployment !== options.deployment || !(await needsCare(keeper, found))) continue;
    await lock(place.token, 0, async () => {
      const now = await readInstance(place);
      if (now) await settleInstance(keeper, now);
    });
  }
};

const sweep = async (stateDir: string): Promise<void> => {
  for (const name of await readdir(stateDir))
    if (name.startsWith(GONE)) await rm(join(stateDir, name), { recursive: true, force: true });
};

/** Looks after all instances of the deployment until it is told to stop: processes that died are started again. */
export const supervise = (opened: Promise<Keeper>): (() => Promise<void>) => {
  const over = new AbortController();
  const watch = async (): Promise<void> => {
    const keeper = await opened;
    const { log } = keeper.options;
    const complain = (cause: unknown) => log?.(`gateways are not looked after: ${(cause as Error).message}`);
    await sweep(keeper.stateDir).catch(complain);
    while (!over.signal.aborted) {
      await tick(keeper).catch(complain);
      await pause(TICK_MS, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
    }
  };
  const watching = watch().catch(() => undefined);
  return () => {
    over.abort();
    return watching;
  };
};

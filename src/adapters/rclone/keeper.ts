import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { guardedAgents } from '../kit/outbound.js';
import { type DoorKeeper, doorKeeper } from './door-keeper.js';
import { privateDirectory, readRecord } from './files.js';
import { type Lock, lockIn, sweepLocks } from './lock.js';
import type { RcloneOptions } from './options.js';
import { takePort } from './ports.js';
import {
  ExportRecord,
  exportPlace,
  exportPlaces,
  instancePlace,
  instancePlaces,
  isPlainName,
} from './records.js';

/** How often the process of an export was started in a row, and when last. */
export type Starts = { readonly count: number; readonly at: number };

/** What this process has in hand to look after instances; all else is on the disk. */
export type Keeper = {
  readonly options: RcloneOptions;
  readonly stateDir: string;
  readonly lock: Lock;
  readonly door: DoorKeeper;
  readonly starts: Map<string, Starts>;
  /** Ports that exports have, the one of this directory left out. */
  readonly promised: (except?: string) => Promise<Set<number>>;
};

const portsOf = async (path: string): Promise<readonly number[]> => {
  const record = await readRecord(ExportRecord, path);
  return [record?.port, record?.controlPort, record?.nfsPort].filter((port) => port !== undefined);
};

const promisedIn = async (stateDir: string, except?: string): Promise<Set<number>> => {
  const taken: number[] = [];
  for (const instance of await instancePlaces(stateDir))
    for (const place of await exportPlaces(instance))
      if (place.directory !== except) taken.push(...(await portsOf(place.record)));
  return new Set(taken);
};

/** Callers of the door are named by instance and export. */
const endpointIn = (stateDir: string) => async (caller: string) => {
  const [token = '', id = ''] = caller.split('.');
  if (!isPlainName(token) || !isPlainName(id)) return undefined;
  const { record } = exportPlace(instancePlace(stateDir, token), id);
  return (await readRecord(ExportRecord, record))?.endpoint;
};

export const openKeeper = async (options: RcloneOptions): Promise<Keeper> => {
  await privateDirectory(options.stateDir);
  // As the kernel names the working directories of children.
  const stateDir = await realpath(options.stateDir);
  const { random, ports, outboundAllow: allow, resolve } = options;
  const locks = join(stateDir, '.locks');
  await sweepLocks(locks);
  const promised = (except?: string) => promisedIn(stateDir, except);
  const agents = guardedAgents({ allow, resolve });
  const freePort = async () => takePort(ports, '127.0.0.1', await promised());
  return {
    options,
    stateDir,
    lock: lockIn(locks, () => random.token(6)),
    door: doorKeeper({ stateDir, random, ways: { agents, endpointOf: endpointIn(stateDir) }, freePort }),
    starts: new Map(),
    promised,
  };
};

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PaymentSandbox } from '../adapters/payment-sandbox/options.js';
import { systemClock } from '../adapters/system/clock.js';
import { systemIds } from '../adapters/system/ids.js';
import { systemRandom } from '../adapters/system/random.js';
import { freePort } from './free-port.js';

const HOST = '127.0.0.1';
const ASK_MS = 2_000;

/** Where the sandbox of a data directory is, and its secrets: for every process of the demo, and after a restart. */
export type SandboxPlace = {
  readonly port: number;
  readonly apiKey: string;
  readonly webhookSecret: string;
};

const fileOf = (dataDir: string): string => join(dataDir, 'payment-sandbox.json');
const codeOf = (problem: unknown): string | undefined => (problem as NodeJS.ErrnoException).code;

export const urlOf = ({ port }: SandboxPlace): string => `http://${HOST}:${port}`;

/** Undefined: no process of this demo has had a sandbox yet. */
export const sandboxPlace = (dataDir: string): SandboxPlace | undefined => {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as SandboxPlace;
  } catch (problem) {
    if (codeOf(problem) === 'ENOENT') return undefined;
    throw problem;
  }
};

/** There at once and whole; where `instead` does not say so, what another process was quicker to write stays. */
const keep = (dataDir: string, place: SandboxPlace, instead: boolean): SandboxPlace => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const temporary = `${fileOf(dataDir)}.${systemIds.next()}`;
  writeFileSync(temporary, JSON.stringify(place), { mode: 0o600 });
  try {
    if (instead) renameSync(temporary, fileOf(dataDir));
    else linkSync(temporary, fileOf(dataDir));
  } catch (problem) {
    if (codeOf(problem) !== 'EEXIST') throw problem;
  } finally {
    rmSync(temporary, { force: true });
  }
  return sandboxPlace(dataDir) ?? place;
};

const secret = (): string => systemRandom.token(32).replaceAll(/[-_]/g, 'x');

const newPlace = async (): Promise<SandboxPlace> => ({
  port: await freePort(),
  apiKey: `sk_test_${secret()}`,
  webhookSecret: `whsec_${secret()}`,
});

/** Undefined: somebody listens there already. */
const start = async (dataDir: string, place: SandboxPlace): Promise<PaymentSandbox | undefined> => {
  // What only a demo needs is loaded by a demo only.
  const { startPaymentSandbox } = await import('../adapters/payment-sandbox/start.js');
  return startPaymentSandbox({
    clock: systemClock,
    ids: systemIds,
    random: systemRandom,
    host: HOST,
    file: join(dataDir, 'payment-sandbox-state.json'),
    ...place,
  }).catch((problem: unknown) => {
    if (codeOf(problem) === 'EADDRINUSE') return undefined;
    throw problem;
  });
};

/** Whether it is the sandbox of this data directory that listens there: no other one takes the key. */
const isOurs = async (place: SandboxPlace): Promise<boolean> => {
  const ask = async (): Promise<unknown> => {
    const reply = await fetch(`${urlOf(place)}/v1/prices?lookup_keys[0]=none`, {
      headers: { authorization: `Bearer ${place.apiKey}` },
      signal: AbortSignal.timeout(ASK_MS),
    });
    return reply.json();
  };
  const answer = await ask().catch(() => undefined);
  return (answer as { readonly object?: unknown } | undefined)?.object === 'list';
};

/**
 * Starts the demo's payment sandbox where it was the last time. Undefined where another process of this data
 * directory runs it already; a port that a stranger has taken meanwhile is given up for a new one.
 */
export const openSandbox = async (dataDir: string): Promise<PaymentSandbox | undefined> => {
  const place = sandboxPlace(dataDir) ?? keep(dataDir, await newPlace(), false);
  const started = await start(dataDir, place);
  if (started !== undefined || (await isOurs(place))) return started;
  return start(dataDir, keep(dataDir, { ...place, port: await freePort() }, true));
};

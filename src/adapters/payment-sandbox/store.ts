import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Random } from '../../ports/shared/random.js';
import { emptyState, type State } from './state.js';

const FORMAT = 1;

/** What a sandbox is: its secrets and all that it knows. */
export type Kept = { readonly apiKey: string; readonly webhookSecret: string; readonly state: State };

export type Store = Kept & {
  /** Resolves when what is known now is on the disk. Calls that come together are one write. */
  readonly save: () => Promise<void>;
};

const load = async (file: string): Promise<Kept | undefined> => {
  const text = await readFile(file, 'utf8').catch((problem: NodeJS.ErrnoException) => {
    if (problem.code === 'ENOENT') return undefined;
    throw problem;
  });
  if (text === undefined) return undefined;
  const kept = JSON.parse(text) as Kept & { readonly format: unknown };
  if (kept.format !== FORMAT)
    throw new Error(`${file} is not the state of a payment sandbox of this version`);
  return kept;
};

const writer = (file: string, kept: Kept): (() => Promise<void>) => {
  let running = Promise.resolve();
  let next: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    next = undefined;
    const temporary = `${file}.tmp`;
    await writeFile(temporary, JSON.stringify({ format: FORMAT, ...kept }), { mode: 0o600 });
    await rename(temporary, file);
  };
  return () => {
    next ??= running = running.then(write);
    return next;
  };
};

/** The state of the file, or a new one; without a file nothing is kept. */
export const openStore = async (given: {
  readonly file: string | undefined;
  readonly random: Random;
  readonly apiKey: string | undefined;
  readonly webhookSecret: string | undefined;
}): Promise<Store> => {
  const { file, random } = given;
  const found = file === undefined ? undefined : await load(file);
  const secret = (): string => random.token(32).replaceAll(/[-_]/g, 'x');
  const kept: Kept = {
    apiKey: given.apiKey ?? found?.apiKey ?? `sk_test_${secret()}`,
    webhookSecret: given.webhookSecret ?? found?.webhookSecret ?? `whsec_${secret()}`,
    state: { ...emptyState(), ...found?.state },
  };
  return { ...kept, save: file === undefined ? () => Promise.resolve() : writer(file, kept) };
};

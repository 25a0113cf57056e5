import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { living } from './processes.js';

const HELD = new Set<string | undefined>(['ENOTEMPTY', 'EEXIST']);

/** A directory below `claims` that becomes the lock when it is taken; `owner` is named by `ownName`. */
export const staked = async (claims: string, owner: string, mode?: number): Promise<string> => {
  const claim = join(claims, owner);
  await mkdir(claim, mode);
  await writeFile(join(claim, owner), '');
  return claim;
};

/**
 * The lock is a directory holding one file named after its owner. Renaming a directory onto another works only while
 * that one is absent or empty, so taking is one atomic step; and a dead owner's file is removed by its own name, so two
 * waiters that find it cannot take each other's lock away. False: somebody has it, or had it until now.
 */
export const taken = async (claim: string, lock: string): Promise<boolean> => {
  try {
    await rename(claim, lock);
    return true;
  } catch (error) {
    if (!HELD.has((error as NodeJS.ErrnoException).code)) throw error;
    await living(lock);
    return false;
  }
};

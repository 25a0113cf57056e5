import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.js';

/** Made once, readable by its owner only; whoever comes second finds the first one's. */
const kept = (dataDir: string, name: string): string => {
  const path = join(dataDir, name);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, randomUUID(), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
  return readFileSync(path, 'utf8').trim();
};

export type Identity = { readonly hostId: string; readonly deploymentId: string };

/** Which host this is, and to which deployment it belongs. */
export const identityOf = ({
  HOST_ID,
  DEPLOYMENT_ID,
  dataDir,
}: Pick<Config, 'HOST_ID' | 'DEPLOYMENT_ID' | 'dataDir'>): Identity => ({
  hostId: HOST_ID ?? kept(dataDir, 'host-id'),
  deploymentId: DEPLOYMENT_ID ?? kept(dataDir, 'deployment-id'),
});

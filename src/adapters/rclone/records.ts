import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { unlessAbsent } from './files.js';

/** What an instance is; written before anything of it is done. */
export const SpecRecord = z.object({
  token: z.string(),
  gatewayId: z.string(),
  region: z.string(),
  type: z.string(),
  cacheBytes: z.number(),
  deployment: z.string(),
  createdAt: z.number(),
});
export type SpecRecord = z.output<typeof SpecRecord>;

/** How far it has come. `stopping` becomes `stopped` when the last of its processes has brought home what it held. */
export const StateRecord = z.object({
  state: z.enum(['running', 'stopping', 'stopped']),
  since: z.number(),
});
export type StateRecord = z.output<typeof StateRecord>;

/**
 * What is served, and how far that is wanted: `serve`; `drain`: for reading only; `end`: no more, once all is home;
 * `off`: not now, what is cached is kept. `endpoint` is where the door leads, for stores that are reached through it.
 */
export const ExportRecord = z.object({
  fileSystemId: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  endpoint: z.string().optional(),
  username: z.string(),
  /** Of all that it was made from, secrets included: another fingerprint is another export. */
  fingerprint: z.string(),
  /** The fingerprint of the wish, as whoever wished named it. */
  wish: z.string().optional(),
  cacheBytes: z.number(),
  mode: z.enum(['serve', 'drain', 'end', 'off']),
  windingSince: z.number().optional(),
  port: z.number(),
  controlPort: z.number(),
  /** Where it is served over NFS as well. */
  nfsPort: z.number().optional(),
  /** Why it cannot be served at all. */
  refused: z.string().optional(),
});
export type ExportRecord = z.output<typeof ExportRecord>;

/** A process that serves an export. Its number alone may be another's by now. */
export const ChildRecord = z.object({
  pid: z.number(),
  start: z.string(),
  boot: z.string(),
  readOnly: z.boolean(),
  /** The port of the door it was told of. */
  door: z.number().optional(),
  /** It has mounts of its own: what it serves can be shown over NFS. */
  nfs: z.boolean().optional(),
});
export type ChildRecord = z.output<typeof ChildRecord>;

/** A process that shows over NFS what another one mounted. */
export const GaneshaRecord = z.object({ pid: z.number(), start: z.string(), boot: z.string() });
export type GaneshaRecord = z.output<typeof GaneshaRecord>;

/** Names that come from outside become names of directories. */
const PLAIN = /^[A-Za-z0-9][\w-]{0,127}$/;
export const isPlainName = (name: string): boolean => PLAIN.test(name);

/** Where an instance keeps what it has. */
export const instancePlace = (stateDir: string, token: string) => {
  const directory = join(stateDir, token);
  return {
    token,
    directory,
    spec: join(directory, 'spec.json'),
    state: join(directory, 'state.json'),
    exports: join(directory, 'exports'),
  };
};
export type InstancePlace = ReturnType<typeof instancePlace>;

export const exportPlace = (instance: InstancePlace, fileSystemId: string) => {
  const directory = join(instance.exports, fileSystemId);
  const nfs = join(directory, 'nfs');
  return {
    token: instance.token,
    fileSystemId,
    directory,
    record: join(directory, 'export.json'),
    child: join(directory, 'pid.json'),
    config: join(directory, 'rclone.conf'),
    users: join(directory, 'htpasswd'),
    /** The line of `users` that the client's login is; kept apart, for it is taken out for a while. */
    client: join(directory, 'client'),
    controlUsers: join(directory, 'control-htpasswd'),
    controlPassword: join(directory, 'control-password'),
    cache: join(directory, 'cache'),
    log: join(directory, 'log'),
    preloaded: join(directory, 'preloaded'),
    nfs: {
      directory: nfs,
      /** Empty to all but those who serve it. */
      mount: join(nfs, 'mount'),
      config: join(nfs, 'ganesha.conf'),
      recovery: join(nfs, 'recovery'),
      child: join(nfs, 'pid.json'),
      pidFile: join(nfs, 'ganesha.pid'),
      log: join(nfs, 'log'),
    },
  };
};
export type ExportPlace = ReturnType<typeof exportPlace>;

const namesIn = async (path: string): Promise<readonly string[]> =>
  ((await unlessAbsent(readdir(path))) ?? []).filter(isPlainName);

/** Every directory that an instance may be in. */
export const instancePlaces = async (stateDir: string): Promise<readonly InstancePlace[]> =>
  (await namesIn(stateDir)).map((token) => instancePlace(stateDir, token));

/** Every directory of an instance that an export is in, or was. */
export const exportPlaces = async (instance: InstancePlace): Promise<readonly ExportPlace[]> =>
  (await namesIn(instance.exports)).map((id) => exportPlace(instance, id));

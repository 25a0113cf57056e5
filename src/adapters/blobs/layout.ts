import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from './disk.js';

/**
 * Where things are: `objects/<2 hex>/<blob>` holds the bytes a row may name, `tmp/<writer>/<blob>` the
 * same file while its put is undecided, `tmp/<writer>.dead/` what a fenced writer left.
 */
export type Layout = {
  readonly tmp: string;
  readonly writer: (writer: string) => string;
  readonly pending: (writer: string, blob: string) => string;
  readonly shard: (blob: string) => string;
  readonly object: (blob: string) => string;
  /** Makes what is missing; repeatable. */
  readonly prepare: () => Promise<void>;
};

const SHARDS = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

export const layoutOf = (directory: string): Layout => {
  const tmp = join(directory, 'tmp');
  const objects = join(directory, 'objects');
  // The last two digits of a UUIDv7 are random; its first ones are the time and would fill one shard after another.
  const shard = (blob: string) => join(objects, blob.slice(-2));
  return {
    tmp,
    writer: (writer) => join(tmp, writer),
    pending: (writer, blob) => join(tmp, writer, blob),
    shard,
    object: (blob) => join(shard(blob), blob),
    prepare: async () => {
      await mkdir(tmp, { recursive: true, mode: 0o700 });
      for (const name of SHARDS) await mkdir(join(objects, name), { recursive: true, mode: 0o700 });
      // A file is only as durable as the names of the directories above it.
      for (const parent of [objects, directory]) await syncDirectory(parent);
    },
  };
};

import { type FileHandle, open } from 'node:fs/promises';

/** Makes the names in the directories of blobs survive a power loss; keeps them open, at most one handle each. */
export type Shards = {
  readonly sync: (directory: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

export const openShards = (): Shards => {
  const handles = new Map<string, Promise<FileHandle>>();
  const handleOf = (directory: string): Promise<FileHandle> => {
    const known = handles.get(directory);
    if (known) return known;
    const opening = open(directory, 'r');
    handles.set(directory, opening);
    // The next put tries again.
    opening.catch(() => handles.delete(directory));
    return opening;
  };
  return {
    sync: async (directory) => (await handleOf(directory)).sync(),
    close: async () => {
      const open = [...handles.values()];
      handles.clear();
      for (const handle of await Promise.allSettled(open))
        if (handle.status === 'fulfilled') await handle.value.close();
    },
  };
};

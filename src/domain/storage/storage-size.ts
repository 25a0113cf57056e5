/** How much lies in a bucket, or came to it or left it. */
export type StorageSize = { readonly bytes: number; readonly objects: number };
export const NOTHING: StorageSize = { bytes: 0, objects: 0 };

export const sum = (a: StorageSize, b: StorageSize): StorageSize => ({
  bytes: a.bytes + b.bytes,
  objects: a.objects + b.objects,
});
export const difference = (a: StorageSize, b: StorageSize): StorageSize => ({
  bytes: a.bytes - b.bytes,
  objects: a.objects - b.objects,
});

/** What came and what left. */
export type Turnover = { readonly added: StorageSize; readonly freed: StorageSize };

/** The number nearest to nought between the two. */
const nearestToNought = (least: number, most: number): number => Math.max(least, Math.min(most, 0));

/**
 * What the ledger is wrong by, at the least. A listing that took its time may lack whatever was added meanwhile,
 * and may still show whatever was freed: only what neither explains is an error.
 */
export const drift = (listed: StorageSize, ledger: StorageSize, { added, freed }: Turnover): StorageSize => {
  const off = difference(listed, ledger);
  return {
    bytes: nearestToNought(off.bytes - freed.bytes, off.bytes + added.bytes),
    objects: nearestToNought(off.objects - freed.objects, off.objects + added.objects),
  };
};

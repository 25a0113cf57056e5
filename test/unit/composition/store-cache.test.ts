import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemDigest } from '../../../src/adapters/system/digest.js';
import { cachedStores } from '../../../src/composition/store-cache.js';
import type { StoreAddress } from '../../../src/ports/shared/store-address.js';
import type { ForeignStore, UploadJournal } from '../../../src/ports/storage/foreign-stores.js';
import { silentJournal } from '../../support/journal.js';

const address = (over: object = {}): StoreAddress => ({
  provider: 'aws',
  region: 'eu-central-1',
  accessKeyId: 'AKIA',
  secretAccessKey: 'secret',
  ...over,
});
const aJournal = (): UploadJournal => ({ ...silentJournal });

/** Every opened store is another object, so that one can tell them apart. */
const stage = (over: { most?: number; idleMs?: number } = {}) => {
  let opened = 0;
  const stores = cachedStores({
    digest: systemDigest,
    open: () => {
      opened += 1;
      return {} as ForeignStore;
    },
    ...over,
  });
  return { stores, opened: () => opened };
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('stores that are opened again and again', () => {
  it('are the same one for the same address and journal', () => {
    const { stores } = stage();
    const journal = aJournal();
    expect(stores.open(address(), journal)).toBe(stores.open(address(), journal));
  });

  it('are others where anything of the address differs, or the journal they write to', () => {
    const { stores } = stage();
    const journal = aJournal();
    const addresses = [
      address(),
      address({ secretAccessKey: 'other' }),
      address({ accessKeyId: 'other' }),
      address({ region: 'other' }),
      address({ endpoint: 'https://other.test' }),
      address({ provider: 's3compat' }),
    ];
    const all = [...addresses.map((one) => stores.open(one, journal)), stores.open(address(), aJournal())];
    expect(new Set(all).size).toBe(7);
  });

  it('are dropped when nobody has asked for them in a while', () => {
    const { stores, opened } = stage({ idleMs: 1_000 });
    const journal = aJournal();
    const first = stores.open(address(), journal);
    for (let i = 0; i < 5; i += 1) {
      vi.advanceTimersByTime(999);
      expect(stores.open(address(), journal)).toBe(first);
    }
    vi.advanceTimersByTime(1_000);
    expect(stores.open(address(), journal)).not.toBe(first);
    expect(opened()).toBe(2);
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are bounded: the one longest unused goes first', () => {
    const { stores, opened } = stage({ most: 2 });
    const journal = aJournal();
    const open = (region: string) => stores.open(address({ region }), journal);
    const [a] = [open('a'), open('b')];
    expect(open('a')).toBe(a);
    open('c');
    expect(open('a')).toBe(a);
    expect(opened()).toBe(3);
    open('b');
    expect(opened()).toBe(4);
    expect(vi.getTimerCount()).toBe(2);
  });
});

import { MINUTE } from '../domain/shared/time.js';
import type { Digest } from '../ports/shared/digest.js';
import type { ForeignStore, ForeignStores, UploadJournal } from '../ports/storage/foreign-stores.js';

type Options = {
  readonly open: ForeignStores['open'];
  readonly digest: Digest;
  readonly most?: number;
  readonly idleMs?: number;
};
type Kept = { readonly store: ForeignStore; readonly dropping: NodeJS.Timeout };

/**
 * Keeps stores that were opened lately, with the clients and tokens behind them; the connections themselves belong
 * to the agents. Bounded, and what nobody has asked for in a while is dropped, since an open store knows a secret.
 */
export const cachedStores = ({ open, digest, most = 256, idleMs = 5 * MINUTE }: Options): ForeignStores => {
  const kept = new Map<string, Kept>();
  const journals = new WeakMap<UploadJournal, number>();
  let journalsSeen = 0;

  /** A store writes to one journal, so whoever comes with another one gets another store. */
  const numberOf = (journal: UploadJournal): number => {
    const number = journals.get(journal) ?? journalsSeen++;
    journals.set(journal, number);
    return number;
  };
  const drop = (name: string): void => {
    clearTimeout(kept.get(name)?.dropping);
    kept.delete(name);
  };

  return {
    open: (address, journal) => {
      const name = digest.sha256(JSON.stringify([numberOf(journal), address]));
      const before = kept.get(name);
      drop(name);
      const store = before?.store ?? open(address, journal);
      kept.set(name, { store, dropping: setTimeout(() => drop(name), idleMs).unref() });
      const [oldest] = kept.keys();
      if (kept.size > most && oldest !== undefined) drop(oldest);
      return store;
    },
  };
};

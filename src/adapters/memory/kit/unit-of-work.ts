import type { UnitOfWork } from '../../../ports/shared/unit-of-work.js';
import type { MemoryStore, MemoryTx } from './store.js';

/** Units of work on a memory store; `txOf` lays a context's repositories over each unit's tables. */
export const memoryUnitOfWork = <Tx>(store: MemoryStore, txOf: (tx: MemoryTx) => Tx): UnitOfWork<Tx> => ({
  run: (work) => store.run((tx) => work(txOf(tx))),
  // A conflict costs nothing here: snapshots serve as well.
  runAdding: (work) => store.run((tx) => work(txOf(tx))),
  runExclusive: (account, work) => store.runExclusive(account, (tx) => work(txOf(tx))),
});

import type { Knex } from 'knex';
import type { UnitOfWork } from '../../../ports/shared/unit-of-work.js';
import { query } from './query.js';
import { transaction } from './transaction.js';

/** Units of work on PostgreSQL; `txOf` lays a context's repositories over each transaction. */
export const knexUnitOfWork = <Tx>(db: Knex, txOf: (trx: Knex.Transaction) => Tx): UnitOfWork<Tx> => ({
  run: (work) => transaction(db, (trx) => work(txOf(trx))),
  runAdding: (work) => transaction(db, (trx) => work(txOf(trx)), 'read committed'),
  // READ COMMITTED, for every statement after the lock must see what earlier holders committed. Under
  // REPEATABLE READ the snapshot is that of the locking statement's start, before its wait has ended, and
  // "is the account empty?" would be asked of a past that those units have meanwhile changed.
  runExclusive: (account, work) =>
    transaction(
      db,
      (trx) =>
        query(() => trx.raw('select 1 from accounts where id = ? for update', [account])).andThen(() =>
          work(txOf(trx)),
        ),
      'read committed',
    ),
});

import { crashContract, type Lot } from '../../contract/crash/crash.contract.js';
import { knexOutside } from '../../support/crash.js';
import { freshDatabase } from '../../support/postgres.js';

/** One database for all deaths of an operation: a project of its own for each. */
const open = async () => {
  const { db, close } = await freshDatabase();
  const outside = knexOutside(db);
  return { outside: () => outside, close };
};

/** Each lot is a file, so that they can be tried side by side. */
export const crashOnPostgres = (lot: Lot) => crashContract('PostgreSQL', lot, open, { timeout: 400_000 });

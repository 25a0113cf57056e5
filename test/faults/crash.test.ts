import { crashContract } from '../contract/crash/crash.contract.js';
import { knexOutside } from '../support/crash.js';
import { freshDatabase } from '../support/postgres.js';

/** One database for all deaths of an operation: a project of its own for each. */
const open = async () => {
  const { db, close } = await freshDatabase();
  const outside = knexOutside(db);
  return { outside: () => outside, close };
};

crashContract('PostgreSQL', open, { timeout: 400_000 });

import { accounts } from './0001-accounts.js';
import { shared } from './0002-shared.js';
import { storage } from './0003-storage.js';
import { blobs } from './0004-blobs.js';

/** In order of their names; a migration that has landed is never edited, a change is a new one (expand, then contract). */
export const migrations = {
  '0001-accounts': accounts,
  '0002-shared': shared,
  '0003-storage': storage,
  '0004-blobs': blobs,
};

import { crashOnPostgres } from './support/crash.js';

crashOnPostgres('accounts and storage');

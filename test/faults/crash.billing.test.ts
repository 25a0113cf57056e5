import { crashOnPostgres } from './support/crash.js';

crashOnPostgres('billing and entitlements');

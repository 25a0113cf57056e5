import { crashOnPostgres } from './support/crash.js';

crashOnPostgres('fleet');

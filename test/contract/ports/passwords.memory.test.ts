import { plainPasswords } from '../../../src/adapters/memory/shared/plain-passwords.js';
import { passwordsContract } from './passwords.contract.js';

passwordsContract('memory', plainPasswords);

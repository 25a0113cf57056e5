import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { memoryOpenUploads } from '../../../src/adapters/memory/storage/open-uploads.js';
import { openUploadsContract } from './open-uploads.contract.js';

openUploadsContract('memory', async () => memoryOpenUploads(memoryStore()));

import { memoryPriceBook } from '../../../src/adapters/memory/billing/price-book.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { priceBookContract } from './price-book.contract.js';

priceBookContract('memory', async () => memoryPriceBook(memoryStore()));

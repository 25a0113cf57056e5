import type { Brand } from '../shared/brand.js';

/** Who is paid. Billing rows lead with it. */
export type SellerId = Brand<string, 'SellerId'>;

/** The platform itself, which sells its own plans; its row is made by a migration. */
export const PLATFORM = '00000000-0000-7000-8000-000000000001' as SellerId;

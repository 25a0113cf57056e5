import { PLATFORM, type SellerId } from '../../../domain/billing/seller.js';
import type { ConnectionRef } from '../../../ports/billing/processor.js';

/** The platform's own account at the processor. */
export const PLATFORM_CONNECTION = 'platform' as ConnectionRef;

const CONNECTIONS: readonly (readonly [SellerId, ConnectionRef])[] = [[PLATFORM, PLATFORM_CONNECTION]];

/** Whose account it is; undefined for one that we know nothing of. */
export const sellerOf = (connection: ConnectionRef): SellerId | undefined =>
  CONNECTIONS.find(([, ref]) => ref === connection)?.[0];

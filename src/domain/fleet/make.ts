import type { AccountId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';
import type { FileSystem, Source } from './file-system.js';
import type { Gateway, GatewayProvider } from './gateway.js';

/** A gateway that nobody has begun to make. */
export const newGateway = (given: {
  readonly id: string;
  readonly accountId: AccountId;
  readonly provider: GatewayProvider;
  readonly region: string;
  readonly type: string;
  readonly auto: boolean;
  readonly at: Instant;
}): Gateway => {
  const { at, ...named } = given;
  return {
    ...named,
    version: 1,
    desired: 'running',
    status: 'pending',
    phase: 'queued',
    createdAt: at,
    updatedAt: at,
  };
};

/** A file system that is to run on the gateway. */
export const newFileSystem = (given: {
  readonly id: string;
  readonly source: Source;
  readonly preload: boolean;
  readonly gateway: Gateway;
  readonly at: Instant;
}): FileSystem => {
  const { id, source, preload, gateway, at } = given;
  return {
    id,
    version: 1,
    accountId: gateway.accountId,
    source,
    region: gateway.region,
    instanceType: gateway.type,
    preload,
    desired: 'running',
    status: 'pending',
    phase: 'queued',
    gatewayId: gateway.id,
    flushesAsked: 0,
    flushesDone: 0,
    createdAt: at,
    updatedAt: at,
  };
};

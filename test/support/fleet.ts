import type { FileSystem } from '../../src/domain/fleet/file-system.js';
import type { Gateway } from '../../src/domain/fleet/gateway.js';
import type { AccountId } from '../../src/domain/shared/ids.js';
import { AT, newId } from './accounts.js';

export const aFileSystem = (accountId: AccountId, over: Partial<FileSystem> = {}): FileSystem => ({
  id: newId(),
  version: 1,
  accountId,
  source: { kind: 'bucket', id: newId() },
  region: 'local',
  instanceType: 'local.standard',
  preload: false,
  desired: 'running',
  status: 'pending',
  phase: 'queued',
  flushesAsked: 0,
  flushesDone: 0,
  createdAt: AT,
  updatedAt: AT,
  ...over,
});

export const aGateway = (accountId: AccountId, over: Partial<Gateway> = {}): Gateway => ({
  id: newId(),
  version: 1,
  accountId,
  provider: 'local',
  region: 'local',
  type: 'local.standard',
  auto: true,
  desired: 'running',
  status: 'pending',
  phase: 'queued',
  createdAt: AT,
  updatedAt: AT,
  ...over,
});

import { accounts } from './0001-accounts.js';
import { shared } from './0002-shared.js';
import { storage } from './0003-storage.js';
import { blobs } from './0004-blobs.js';
import { blobUploads } from './0005-blob-uploads.js';
import { openUploads } from './0006-open-uploads.js';
import { connections } from './0008-connections.js';
import { linkEpochs } from './0009-link-epochs.js';
import { storageMeter } from './0010-storage-meter.js';
import { fleet } from './0011-fleet.js';
import { prices } from './0012-prices.js';
import { billing } from './0013-billing.js';
import { organizationClients } from './0014-organization-clients.js';
import { entitlements } from './0015-entitlements.js';
import { workspaces } from './0016-workspaces.js';
import { heldCounts } from './0017-held-counts.js';
import { usageNumbers } from './0018-usage-numbers.js';
import { usageItems } from './0020-usage-items.js';
import { webhookActors } from './0021-webhook-actors.js';
import { keptPacks } from './0022-kept-packs.js';
import { pricedSince } from './0023-priced-since.js';
import { recordPeriods } from './0024-record-periods.js';
import { crossingLimits } from './0025-crossing-limits.js';
import { storageAllotments } from './0026-storage-allotments.js';

/** In order of their names; a migration that has landed is never edited, a change is a new one (expand, then contract). */
export const migrations = {
  '0001-accounts': accounts,
  '0002-shared': shared,
  '0003-storage': storage,
  '0004-blobs': blobs,
  '0005-blob-uploads': blobUploads,
  '0006-open-uploads': openUploads,
  '0008-connections': connections,
  '0009-link-epochs': linkEpochs,
  '0010-storage-meter': storageMeter,
  '0011-fleet': fleet,
  '0012-prices': prices,
  '0013-billing': billing,
  '0014-organization-clients': organizationClients,
  '0015-entitlements': entitlements,
  '0016-workspaces': workspaces,
  '0017-held-counts': heldCounts,
  '0018-usage-numbers': usageNumbers,
  '0020-usage-items': usageItems,
  '0021-webhook-actors': webhookActors,
  '0022-kept-packs': keptPacks,
  '0023-priced-since': pricedSince,
  '0024-record-periods': recordPeriods,
  '0025-crossing-limits': crossingLimits,
  '0026-storage-allotments': storageAllotments,
};

import { okAsync } from 'neverthrow';
import type { Random } from '../../ports/shared/random.js';
import type { ForeignStore } from '../../ports/storage/foreign-stores.js';
import type { Agents } from '../kit/outbound.js';
import { accessFor, type GcsAddress, projectOf } from './access.js';
import { gcsApi } from './api.js';
import { createGcsBucket, deleteGcsBucket } from './buckets.js';
import { deleteManyGcs } from './delete-many.js';
import { exchangesOver } from './exchange.js';
import { getGcs, headGcs } from './get.js';
import { listGcs } from './list.js';
import { putGcs } from './put.js';

const API = 'https://storage.googleapis.com';
const PATIENCE_MS = 30_000;

export type GcsOptions = {
  readonly address: GcsAddress;
  readonly random: Random;
  /** Over which requests go out; left out, over Node's own. */
  readonly agents?: Agents | undefined;
  /** Where buckets are made; left out, where Google likes. */
  readonly location?: string | undefined;
  /** How long the service may be silent when it is its turn. */
  readonly patienceMs?: number | undefined;
  /** Others than Google's, for a server that stands for it. */
  readonly apiEndpoint?: string | undefined;
  readonly tokenEndpoint?: string | undefined;
};

/**
 * Buckets of Google Cloud Storage, over its JSON API. Google's library signs for the tokens; nothing is taken
 * from the environment, and nothing is sent or loaded before the first call.
 */
export const gcsObjects = (options: GcsOptions): ForeignStore => {
  const { address, agents, random, location, patienceMs = PATIENCE_MS } = options;
  const { apiEndpoint = API, tokenEndpoint } = options;
  const exchanges = exchangesOver({ agents, patienceMs });
  const access = accessFor(
    address,
    exchanges,
    tokenEndpoint === undefined ? undefined : new URL(tokenEndpoint),
  );
  const api = gcsApi({ exchanges, access, origin: new URL(apiEndpoint) });
  return {
    createBucket: createGcsBucket(api, { project: projectOf(address), location }),
    deleteBucket: deleteGcsBucket(api),
    put: putGcs(api, random),
    get: getGcs(api),
    head: headGcs(api),
    list: listGcs(api),
    deleteMany: deleteManyGcs(api),
    // An upload is one request here, which leaves nothing behind when it breaks off.
    abortUpload: () => okAsync(undefined),
  };
};

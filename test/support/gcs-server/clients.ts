import { Storage } from '@google-cloud/storage';
import type { GcsAddress } from '../../../src/adapters/gcs/access.js';
import { type GcsOptions, gcsObjects } from '../../../src/adapters/gcs/gcs-objects.js';
import { systemRandom } from '../../../src/adapters/system/random.js';
import type { ForeignStore } from '../../../src/ports/storage/foreign-stores.js';
import type { GcsServer } from '../gcs-server.js';

/** How a server's one account is addressed. */
export const addressOn = ({ serviceAccount }: GcsServer): GcsAddress => ({
  provider: 'gcp',
  clientEmail: serviceAccount.client_email,
  privateKey: serviceAccount.private_key,
});

/** Our store, on a server that stands for Google's. */
export const gcsStoreOn = (of: GcsServer, options: Partial<GcsOptions> = {}): ForeignStore =>
  gcsObjects({
    address: addressOn(of),
    random: systemRandom,
    apiEndpoint: of.url,
    tokenEndpoint: of.tokenUrl,
    ...options,
  });

/** Google's own client of its service, as a second opinion on the server and on what we store. */
export const googleOn = (of: GcsServer) =>
  new Storage({
    apiEndpoint: of.url,
    projectId: of.serviceAccount.project_id,
    credentials: { client_email: of.serviceAccount.client_email, private_key: of.serviceAccount.private_key },
    useAuthWithCustomEndpoint: true,
    retryOptions: { autoRetry: false },
    clientOptions: {
      transporterOptions: {
        adapter: (options, next) =>
          next(String(options.url).endsWith('/token') ? { ...options, url: of.tokenUrl } : options),
      },
    },
  });

import type { S3 } from '@aws-sdk/client-s3';
import { ResultAsync } from 'neverthrow';
import { scrubbed } from '../../domain/storage/scrubbed.js';
import type { StoreAddress } from '../../ports/shared/store-address.js';
import { type Agents, openAgents } from '../kit/outbound.js';
import { boundAnswers } from './answers.js';
import { tellDates } from './dates.js';
import { digestDeletions } from './digest.js';
import { type CallFailure, failureOf } from './failures.js';
import { readListings } from './listings.js';
import { type Patience, wireOver } from './wire.js';

export type S3Address = Extract<StoreAddress, { readonly accessKeyId: string }>;
/** One store, for one pair of keys. */
export type S3Api = <T>(work: (s3: S3) => Promise<T>) => ResultAsync<T, CallFailure>;

const ATTEMPTS = 3;

/** Named, so that no variable or file of this host can send requests anywhere else. */
const endpointOf = ({ region, endpoint }: S3Address): string =>
  endpoint ?? `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

const ignore = (): void => undefined;
/** What the library has to say reaches the caller as a failure; its console stays silent. */
const logger = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

const opened = async (address: S3Address, agents: Agents, patience: Patience): Promise<S3> => {
  const sdk = await import('@aws-sdk/client-s3');
  const { region, endpoint, accessKeyId, secretAccessKey } = address;
  const s3 = new sdk.S3({
    region,
    endpoint: endpointOf(address),
    forcePathStyle: endpoint !== undefined || address.provider === 's3compat',
    credentials: { accessKeyId, secretAccessKey },
    // Older servers store the framing of the other checksums as content.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    retryMode: 'standard',
    maxAttempts: ATTEMPTS,
    requestHandler: wireOver(agents, patience),
    logger,
    expectContinueHeader: false,
    followRegionRedirects: false,
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
  });
  // It would make a copy of every answer, for a log that nobody keeps.
  s3.middlewareStack.remove('loggerMiddleware');
  tellDates(s3);
  digestDeletions(s3);
  readListings(s3, patience.answerMs);
  boundAnswers(s3, patience.answerMs);
  return s3;
};

/** Nothing is loaded before the first call. Credentials are those of the address, never the host's. */
export const apiFor = (address: S3Address, patience: Patience, agents?: Agents): S3Api => {
  let client: Promise<S3> | undefined;
  const scrub = (text: string): string => scrubbed(text, address.secretAccessKey);
  return (work) => {
    client ??= opened(address, agents ?? openAgents(), patience);
    return ResultAsync.fromPromise(client.then(work), (error) => failureOf(error, scrub));
  };
};

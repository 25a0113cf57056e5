import type { Clock } from '../../ports/shared/clock.js';
import type { ForeignStore, UploadJournal } from '../../ports/storage/foreign-stores.js';
import type { Agents } from '../kit/outbound.js';
import { ANSWER_MS } from './answers.js';
import { createS3Bucket, deleteS3Bucket } from './buckets.js';
import { apiFor, type S3Address } from './client.js';
import { deleteManyS3 } from './delete-many.js';
import { getS3, headS3 } from './get.js';
import { listS3 } from './list.js';
import { putS3 } from './put.js';
import type { Limits } from './request.js';
import { abortUploadS3 } from './uploads.js';
import type { Patience } from './wire.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** What S3 allows, and what we are ready to hold in memory. */
const LIMITS: Limits = {
  whole: MIB / 4,
  single: 5 * GIB,
  part: 16 * MIB,
  parts: 10_000,
  streamedPart: GIB / 2,
  object: 5 * 1024 * GIB,
};
const PATIENCE: Patience = { connectMs: 5_000, silenceMs: 30_000, answerMs: ANSWER_MS };

export type S3Options = {
  readonly address: S3Address;
  /** Where uploads in parts are written down. */
  readonly journal: UploadJournal;
  /** For answers in which a store does not tell its own time. */
  readonly clock: Clock;
  /** What connections go over; without them, over some that go anywhere. */
  readonly agents?: Agents | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly patience?: Partial<Patience> | undefined;
};

/** Buckets of S3, and of stores that speak it. Nothing is loaded or sent before the first call. */
export const s3Objects = ({ address, journal, clock, agents, limits, patience }: S3Options): ForeignStore => {
  const patient = { ...PATIENCE, ...patience };
  const api = apiFor(address, patient, agents);
  const head = headS3(api);
  return {
    createBucket: createS3Bucket(api),
    deleteBucket: deleteS3Bucket(api),
    put: putS3({ api, clock, head, journal, limits: { ...LIMITS, ...limits } }),
    get: getS3(api, head),
    head,
    list: listS3(api, patient.answerMs),
    deleteMany: deleteManyS3(api),
    abortUpload: abortUploadS3(api),
  };
};

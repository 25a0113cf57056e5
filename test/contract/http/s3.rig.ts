import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect } from 'vitest';
import { instant } from '../../../src/domain/shared/time.js';
import { startApp, type TestApp, type TestAppOptions } from '../../support/app.js';
import { type Client, clientOf, type Person, person } from '../../support/client.js';
import { blobsRig } from '../ports/object-store.rig.js';

/** What the API tells of a bucket to those who may hand its keys on. */
export type Keys = {
  readonly id: string;
  readonly bucket: string;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
};
export type S3World = {
  readonly app: TestApp;
  readonly call: Client;
  readonly owner: Person;
  /** Two buckets of two projects. */
  readonly mine: Keys;
  readonly theirs: Keys;
};
export type OpenS3 = (options?: Omit<TestAppOptions, 'db' | 'objects' | 'uploads'>) => Promise<TestApp>;

/** The server over blobs and PostgreSQL. */
export const onBlobs: OpenS3 = async (options) => {
  const rig = await blobsRig();
  const { objects, uploads } = rig;
  const app = await startApp({ ...options, db: rig.database.db, objects, uploads });
  return {
    ...app,
    close: async () => {
      await app.close();
      await rig.close();
    },
  };
};

export const newBucket = async (app: TestApp, call: Client, { token }: Person): Promise<Keys> => {
  const project = await call('POST /v1/projects', { token, json: { name: 'Project' } });
  const json = { name: 'files', region: 'local' };
  const { body } = await call(`POST /v1/projects/${project.body.id}/buckets`, { token, json });
  return {
    id: body.id,
    bucket: body.bucket_name,
    endpoint: `${app.url}/s3`,
    accessKeyId: body.access_key_id,
    secretAccessKey: body.secret_access_key,
    region: body.region,
  };
};

export const s3World = async (app: TestApp): Promise<S3World> => {
  // The SDK takes the time from the answers it gets, and Node dates them by its own clock.
  app.clock.set(instant(Date.now()));
  const call = clientOf(app);
  const owner = await person(call);
  const stranger = await person(call);
  const [mine, theirs] = [await newBucket(app, call, owner), await newBucket(app, call, stranger)];
  return { app, call, owner, mine, theirs };
};

/** One server with its world for a whole suite, which in the end has nothing to complain of. */
export const onS3 = (open: () => Promise<TestApp>, begin: (world: S3World) => Promise<void> | void): void => {
  let app: TestApp;
  beforeAll(async () => {
    app = await open();
    await begin(await s3World(app));
  });
  afterAll(async () => {
    expect(app.complaints).toEqual([]);
    await app.close();
  });
};

/** The SDK as its users set it up. */
export const sdk = (keys: Keys, over: Partial<S3ClientConfig> = {}): S3Client =>
  new S3Client({
    endpoint: keys.endpoint,
    region: keys.region,
    forcePathStyle: true,
    credentials: { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey },
    maxAttempts: 1,
    ...over,
  });

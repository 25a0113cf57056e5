import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect } from 'vitest';
import { boot, type Running } from '../../../src/composition/boot.js';
import { readConfig } from '../../../src/composition/config.js';
import { type Client, clientOf, type Person, person } from '../../support/client.js';
import { freshDatabase } from '../../support/postgres.js';
import { smtpSink } from '../../support/smtp-sink.js';
import type { S3Server } from './s3-server.js';

export type Started = { readonly running: Running; readonly url: string; readonly call: Client };

/** A database, a mail server and a directory, for servers whose managed buckets live in this store. */
export const managedS3 = async (store: S3Server) => {
  const [database, mail] = [await freshDatabase(), await smtpSink()];
  const directory = await mkdtemp(join(tmpdir(), 'tollhouse-managed-'));
  const environment = {
    DATABASE_URL: database.url,
    TOLLHOUSE_SECRET_KEY: 'a secret key of the tests that is long enough',
    TOLLHOUSE_DATA_DIR: directory,
    BASE_URL: 'http://storage.example.com',
    SMTP_URL: mail.url,
    PORT: '0',
    MANAGED_STORE: 's3',
    MANAGED_S3_ENDPOINT: store.endpoint,
    MANAGED_S3_REGION: store.region,
    MANAGED_S3_ACCESS_KEY_ID: store.accessKeyId,
    MANAGED_S3_SECRET_ACCESS_KEY: store.secretAccessKey,
  };
  const all: Running[] = [];
  return {
    database,
    directory,
    environment,
    /** A server in this process. */
    start: async (
      over: Readonly<Record<string, string>> = {},
      log = pino({ level: 'silent' }),
    ): Promise<Started> => {
      const running = await boot(readConfig({ ...environment, ...over }), log);
      all.push(running);
      const url = `http://127.0.0.1:${running.address?.port}`;
      return { running, url, call: clientOf({ url }) };
    },
    close: async (): Promise<void> => {
      for (const running of all) await running.stop();
      await mail.close();
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
};
export type ManagedS3 = Awaited<ReturnType<typeof managedS3>>;

export type OwnBucket = {
  readonly owner: Person;
  readonly projectId: string;
  readonly bucket: { readonly id: string; readonly bucket_name: string; readonly endpoint: string };
};

/** Somebody's project with a bucket that is ready. */
export const ownBucket = async (call: Client, region: string): Promise<OwnBucket> => {
  const owner = await person(call);
  const { token } = owner;
  const projectId: string = (await call('POST /v1/projects', { token, json: { name: 'Project' } })).body.id;
  const json = { name: 'files', region };
  const made = await call(`POST /v1/projects/${projectId}/buckets`, { token, json });
  expect([made.status, made.body.status]).toEqual([201, 'active']);
  return { owner, projectId, bucket: made.body };
};

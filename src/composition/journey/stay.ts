import { randomBytes, randomUUID } from 'node:crypto';
import { ok, type ResultAsync, safeTry } from 'neverthrow';
import * as z from 'zod';
import {
  ApiKeyCreatedDto,
  HealthDto,
  ProjectDto,
  UserDto,
} from '../../adapters/http/training-pipes/schemas.js';
import { createBucket } from './bucket.js';
import { type ApiFailure, type Client, document, nothing, reasonOf } from './client.js';
import type { Failure } from './findings.js';
import type { Settling, Undo } from './made.js';

/** Where the files go, and the key that opens it. */
export type Stay = {
  readonly key: string;
  readonly projectId: string;
  readonly bucketId: string;
  /** Of the user who made all that. */
  readonly session: string;
};
const LoginDto = z.object({ access_token: z.string() });

const inStep =
  (step: string) =>
  (failure: ApiFailure): Failure => ({ step, reason: reasonOf(failure) });

/** Who answers there. */
export const greet = (client: Client): ResultAsync<string, Failure> =>
  client
    .call('healthCheck')
    .andThen(document(HealthDto))
    .map(({ version }) => version)
    .mapErr(inStep('reach the server'));

/** A user, a project, an API key for that project only, a bucket: all new, all made as anybody would make them. */
export const settle = (settling: Settling): ResultAsync<Stay, Failure> =>
  safeTry(async function* () {
    const session = yield* signUp(settling);
    const projectId = yield* createProject(settling, session);
    const key = yield* createKey(settling, session, projectId);
    const bucketId = yield* createBucket(settling, key, projectId).mapErr(inStep('create the bucket'));
    return ok({ key, projectId, bucketId, session });
  });

const signUp = ({ client, made, say }: Settling): ResultAsync<string, Failure> => {
  const email = `journey-${randomUUID()}@example.com`;
  const password = randomBytes(18).toString('base64url');
  const json = { email, password };
  return client
    .call('register', { json, idempotencyKey: randomUUID() })
    .andThen(document(UserDto))
    .mapErr(inStep('register'))
    .andTee(() => made.users.push(email))
    .andThen(() => client.call('login', { json }).andThen(document(LoginDto)).mapErr(inStep('log in')))
    .map(({ access_token: session }) => {
      say(`registered ${email} and logged in`);
      made.undo.push({ step: 'log out', run: () => client.call('logout', { as: session }).andThen(nothing) });
      return session;
    });
};

const createProject = ({ client, made, say }: Settling, session: string): ResultAsync<string, Failure> =>
  client
    .call('createProject', { as: session, json: { name: 'Journey' }, idempotencyKey: randomUUID() })
    .andThen(document(ProjectDto))
    .mapErr(inStep('create the project'))
    .map(({ id }) => {
      say(`created project ${id}`);
      const call = { as: session, params: { project_id: id } };
      made.undo.push({
        step: 'delete the project',
        run: () => client.call('deleteProject', call).andThen(nothing),
      });
      return id;
    });

const createKey = (
  { client, made, say }: Settling,
  session: string,
  projectId: string,
): ResultAsync<string, Failure> =>
  client
    .call('createApiKey', {
      as: session,
      json: { name: 'Journey', project_id: projectId },
      idempotencyKey: randomUUID(),
    })
    .andThen(document(ApiKeyCreatedDto))
    .mapErr(inStep('create the API key'))
    .map(({ id, key, key_prefix: prefix }) => {
      say(`created API key ${prefix}… for this project`);
      const call = { as: session, params: { api_key_id: id } };
      made.undo.push({
        step: 'delete the API key',
        run: () => client.call('deleteApiKey', call).andThen(nothing),
      });
      return key;
    });

/** Takes everything back, the last thing made first; what cannot be taken back is said, and the rest goes on. */
export const leave = async (
  undo: readonly Undo[],
  say: (line: string) => void,
): Promise<readonly Failure[]> => {
  const failures: Failure[] = [];
  for (const { step, run } of [...undo].reverse())
    (await run()).match(
      () => say(`${step}: done`),
      (failure) => failures.push(inStep(step)(failure)),
    );
  return failures;
};

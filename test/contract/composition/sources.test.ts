import { describe, expect, it } from 'vitest';
import { contexts, ports } from '../../../src/composition/tokens.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { startApp } from '../../support/app.js';
import { clientOf, connectionJson, person } from '../../support/client.js';

describe('the way from a file system to its objects', () => {
  it('is each bucket’s own keys at our own endpoint, or the credentials of a connection, for its account alone', async () => {
    const app = await startApp();
    const call = clientOf(app);
    const { token } = await person(call);
    const project = (await call('POST /v1/projects', { token, json: { name: 'A project' } })).body
      .id as AccountId;
    const { body: bucket } = await call(`POST /v1/projects/${project}/buckets`, {
      token,
      json: { name: 'files', region: 'local' },
    });
    const json = connectionJson('their-bucket');
    const { body: connection } = await call(`POST /v1/projects/${project}/connections`, { token, json });
    const sources = app.container.get(ports.sources);

    const access = (await sources.access(project, { kind: 'bucket', id: bucket.id }))._unsafeUnwrap();
    expect(access).toEqual({
      address: {
        provider: 's3compat',
        region: 'local',
        endpoint: 'http://127.0.0.1:8080/s3',
        accessKeyId: bucket.access_key_id,
        secretAccessKey: bucket.secret_access_key,
      },
      bucket: bucket.bucket_name,
      prefix: '',
    });
    const opened = (await sources.access(project, { kind: 'connection', id: connection.id }))._unsafeUnwrap();
    expect(opened).toMatchObject({
      address: { accessKeyId: json.access_key_id, secretAccessKey: json.secret_access_key },
      bucket: 'their-bucket',
      prefix: 'photos/',
    });
    const another = '00000000-0000-7000-8000-000000000000' as AccountId;
    const refused = await sources.access(another, { kind: 'bucket', id: bucket.id });
    expect(refused._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });

    // A verification that fails for good: no such bucket there.
    app.strangers.s3.admit({ id: json.access_key_id, secret: json.secret_access_key });
    await call(`POST /v1/connections/${connection.id}:verify`, { token });
    expect(
      (await sources.access(project, { kind: 'connection', id: connection.id }))._unsafeUnwrapErr(),
    ).toMatchObject({
      kind: 'source_not_ready',
    });
    await call(`DELETE /v1/buckets/${bucket.id}`, { token });
    expect(
      (await sources.access(project, { kind: 'bucket', id: bucket.id }))._unsafeUnwrapErr(),
    ).toMatchObject({
      kind: 'source_not_ready',
      reason: 'the bucket is deleting',
    });
    expect(app.container.get(contexts.fleet).offers()).toMatchObject([{ provider: 'local' }]);
    await app.close();
  });
});

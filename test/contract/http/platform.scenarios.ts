import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contexts, ports } from '../../../src/composition/tokens.js';
import { allDown, METRICS_TOKEN, rebind, type TestApp } from '../../support/app.js';
import { type Client, clientOf } from '../../support/client.js';
import type { Open } from './rig.js';

/** What is open to everybody, and what the site says of itself. */
export const platformScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  beforeAll(async () => {
    app = await open();
    call = clientOf(app);
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });

  describe('the platform', () => {
    it('says that it lives, that it is ready, and what works here', async () => {
      const health = await call('GET /v1/health');
      expect([health.status, health.body.status]).toEqual([200, 'ok']);
      expect((await call('GET /v1/health/ready')).status).toBe(204);
      const { body } = await call('GET /v1/config');
      expect(body.providers[0].regions).toEqual([{ name: 'local', display_name: 'local' }]);
      expect(body.providers.at(-1)).toEqual({
        name: 'local',
        display_name: 'This host',
        regions: [{ name: 'local', display_name: 'local' }],
      });
      const [free, paid] = body.aws_instance_types;
      expect([body.aws_instance_types.length, free.free_tier, free.price_cents_per_hour]).toEqual([
        2,
        true,
        0,
      ]);
      expect(paid).toEqual({
        name: 'local.large',
        display_name: 'Large',
        description: 'Paid',
        free_tier: false,
        price_cents_per_hour: 7,
      });
    });

    it('is alive but not ready without its database', async () => {
      const down = await open({
        override: (container) => {
          const { requestLimits } = ports;
          const limits = container.get(requestLimits);
          allDown(container);
          rebind(container, requestLimits, limits);
          rebind(container, ports.publicFileSystems, container.get(ports.access) as never);
        },
      });
      expect((await clientOf(down)('GET /v1/health')).status).toBe(200);
      expect((await clientOf(down)('GET /v1/health/ready')).status).toBe(503);
      for (const line of down.answered) answered.add(line);
      await down.close();
    });

    it('lists the public file systems that were published, without a token', async () => {
      expect((await call('GET /v1/public-file-systems')).body).toEqual({ items: [] });
      const entry = {
        name: 'Example',
        description: 'Text',
        nfsServer: 'nfs.example.com',
        nfsPath: '/x',
        nfsPort: 2049,
        region: 'local',
      };
      expect((await app.container.get(contexts.fleet).publishFileSystem(entry)).isOk()).toBe(true);
      const [listed] = (await call('GET /v1/public-file-systems')).body.items;
      expect(listed).toMatchObject({
        name: 'Example',
        nfs_server: 'nfs.example.com',
        nfs_path: '/x',
        nfs_port: 2049,
      });
    });

    it('documents itself: a page to read, and a document without a gap to the published contract', async () => {
      const page = await call('GET /docs');
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(page.text).toContain('/v1/projects/{project_id}');
      const document = await call('GET /docs/training-pipes.json');
      expect(document.body.openapi).toBe('3.0.3');
      const directory = await mkdtemp(join(tmpdir(), 'tollhouse-'));
      const served = join(directory, 'served.json');
      await writeFile(served, document.text);
      const tool = 'test/support/tools/contract-gap.mjs';
      const contract = 'test/contract/published/facts/training-pipes.json';
      const args = [tool, '--contract', contract, '--served', served, '--verbose'];
      // The tool exits with 1 when there is a gap; what it prints says which.
      const { stdout } = await promisify(execFile)(process.execPath, args).catch((failed) => failed);
      await rm(directory, { recursive: true });
      expect(stdout).toMatch(/^operations 62\/62, statuses (\d+)\/\1, /);
      expect((await call('GET /docs/unknown.json')).status).toBe(404);
    });

    it('shows the letters of the demo, escaped', async () => {
      const { status, text, headers } = await call('GET /outbox');
      expect([status, headers.get('content-security-policy')]).toEqual([
        200,
        expect.stringContaining("default-src 'none'"),
      ]);
      expect(text).not.toContain('<script');
    });

    it('shows its measurements to the holder of the token only', async () => {
      for (const headers of [{}, { authorization: 'Bearer wrong' }])
        expect((await call('GET /metrics', { headers })).status).toBe(404);
      const metrics = await call('GET /metrics', { token: METRICS_TOKEN });
      expect(metrics.text).toContain(
        'tollhouse_request_seconds_count{operation="healthCheck",status="200"} 1',
      );
    });

    it('answers what it does not serve in its own words', async () => {
      const unknown = await call('GET /v1/nothing');
      expect([unknown.status, unknown.body.error.code]).toEqual([404, 'not_found']);
      const method = await call('DELETE /v1/health');
      expect([method.status, method.body.error.code]).toEqual([405, 'method_not_allowed']);
      expect(method.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      const named = await call('GET /v1/health', { headers: { 'x-request-id': 'my-own-1' } });
      expect(named.headers.get('x-request-id')).toBe('my-own-1');
    });
  });
};

import { describe, expect, it } from 'vitest';
import { DAY, HOUR, instant, iso, MINUTE, plus, SECOND } from '../../../src/domain/shared/time.js';
import { NOW, type TestApp } from '../../support/app.js';
import type { Client, World } from '../../support/client.js';
import { type Open, onStage } from './rig.js';
import { GB, type Meters, meters } from './usage.rig.js';

const day = (date: string) => instant(Date.parse(`${date}T00:00:00Z`));
const JANUARY = day('2026-01-01');
/** A cent for a gigabyte's day. */
const CENT = 10_000n;
/** Usage reports, as the members of a project see them. */
export const usageScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let meter: Meters;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
    meter = meters(app, call, here.owner.token);
  });
  const report = (projectId: string, query = '', headers = {}) =>
    call(`GET /v1/projects/${projectId}/usage${query}`, { token: here.owner.token, headers });
  const between = (from: string, to: string, more = '') =>
    `?from=${from}T00:00:00Z&to=${to}T00:00:00Z${more}`;

  describe('usage', () => {
    it('of a project without anything is nothing on every day of the last thirty', async () => {
      const id = await meter.project();
      const { status, body } = await report(id);
      expect(status).toBe(200);
      const dates = Array.from({ length: 31 }, (_, n) => iso(plus(NOW, (n - 30) * DAY)).slice(0, 10));
      expect(body).toEqual({
        project_id: id,
        from: iso(plus(NOW, -30 * DAY)),
        to: iso(NOW),
        currency: 'usd',
        current_total_bytes: 0,
        buckets: [],
        daily_usage: dates.map((date) => ({ date, avg_bytes: 0 })),
        total_file_system_hours: 0,
        file_systems: [],
        cost_days: dates.map((date) => ({ date, storage_cost_cents: 0, filesystem_cost_cents: 0 })),
        line_items: [],
      });
    });

    it('shows what buckets hold, and charges each day for its average', async () => {
      await meter.priced(CENT, JANUARY);
      const id = await meter.project();
      const bucket = await meter.bucket(id, 'photos');
      await meter.change(bucket, plus(day('2026-01-10'), 6 * HOUR), { bytes: 100 * GB, objects: 7 });
      await meter.change(bucket, day('2026-01-12'), { bytes: -60 * GB, objects: -2 });
      const { body } = await report(id, between('2026-01-09', '2026-01-13'));
      expect(body.current_total_bytes).toBe(40 * GB);
      expect(body.buckets).toEqual([
        {
          bucket_id: bucket.id,
          bucket_name: bucket.bucket_name,
          name: 'photos',
          current_size_bytes: 40 * GB,
          object_count: 5,
        },
      ]);
      expect(body.daily_usage.map(({ avg_bytes }: { avg_bytes: number }) => avg_bytes / GB)).toEqual([
        0, 75, 100, 40,
      ]);
      expect(body.cost_days[1]).toEqual({
        date: '2026-01-10',
        storage_cost_cents: 75,
        filesystem_cost_cents: 0,
      });
      const line = { kind: 'storage', resource_id: bucket.id, resource_label: 'photos', unit: 'GB-day' };
      const price = { unit_price_cents: 1, unit_price_micros: 10_000 };
      expect(body.line_items).toEqual([
        { ...line, ...price, date: '2026-01-10', quantity: 75, cost_cents: 75 },
        { ...line, ...price, date: '2026-01-11', quantity: 100, cost_cents: 100 },
        { ...line, ...price, date: '2026-01-12', quantity: 40, cost_cents: 40 },
      ]);
    });

    it('goes on counting what lies in a bucket until this moment, and keeps a deleted one’s past', async () => {
      await meter.priced(CENT, JANUARY);
      const id = await meter.project();
      const bucket = await meter.bucket(id, 'short-lived');
      await meter.change(bucket, day('2026-01-14'), { bytes: 10 * GB, objects: 1 });
      const before = await report(id, `?from=2026-01-14T00:00:00Z`);
      const quantities = ({ body }: typeof before) =>
        body.line_items.map(({ quantity }: { quantity: number }) => quantity);
      expect(quantities(before)).toEqual([10, 5]);
      expect(before.body.daily_usage.at(-1)).toEqual({ date: '2026-01-15', avg_bytes: 10 * GB });
      const { token } = here.owner;
      expect((await call(`DELETE /v1/buckets/${bucket.id}`, { token })).status).toBe(204);
      await app.drain();
      const after = await report(id, between('2026-01-14', '2026-01-17'));
      expect(after.body.buckets).toEqual([]);
      expect(after.body.current_total_bytes).toBe(0);
      expect(quantities(after)).toEqual([10, 5]);
      expect(after.body.line_items[0].resource_label).toBe('short-lived');
      expect(after.body.cost_days.map(({ date }: { date: string }) => date)).toEqual([
        '2026-01-14',
        '2026-01-15',
        '2026-01-16',
      ]);
    });

    it('counts the seconds that file systems ran, and splits them at midnight in UTC', async () => {
      const id = await meter.project();
      const fileSystem = await meter.fileSystem(id, { region: 'local', status: 'running' });
      const short = plus(day('2026-01-10'), 10 * HOUR);
      await meter.ran(fileSystem, short, plus(short, 90 * SECOND));
      await meter.ran(fileSystem, plus(day('2026-01-12'), -30 * MINUTE), plus(day('2026-01-12'), HOUR));
      await meter.ran(fileSystem, plus(NOW, -90 * MINUTE));
      const stopped = await meter.fileSystem(id, { status: 'stopped' });
      const { body } = await report(id, between('2026-01-10', '2026-01-13'));
      const line = { kind: 'filesystem', resource_id: fileSystem.id, unit: 'instance-hour' };
      const price = {
        resource_label: 'local/local.standard',
        unit_price_cents: 7,
        unit_price_micros: 70_000,
      };
      // 0.175 cents, then 3.5 more, then 7 more: 0, 4 and 11 when they are rounded.
      expect(body.line_items).toEqual([
        { ...line, ...price, date: '2026-01-10', quantity: 0.025, cost_cents: 0 },
        { ...line, ...price, date: '2026-01-11', quantity: 0.5, cost_cents: 4 },
        { ...line, ...price, date: '2026-01-12', quantity: 1, cost_cents: 7 },
      ]);
      expect(
        body.cost_days.map(({ filesystem_cost_cents }: Record<string, number>) => filesystem_cost_cents),
      ).toEqual([0, 4, 7]);
      expect(body.file_systems).toEqual([
        { file_system_id: fileSystem.id, region: 'local', status: 'running', running_hours: 1.5 },
        { file_system_id: stopped.id, region: 'local', status: 'stopped', running_hours: 0 },
      ]);
      expect(body.total_file_system_hours).toBe(1.5);
      const today = await report(id, '?from=2026-01-15T00:00:00Z&to=2026-01-20T00:00:00Z');
      expect(today.body.line_items).toMatchObject([{ date: '2026-01-15', quantity: 1.5 }]);
    });

    it('by the hour has a line for each, which sum to the day’s', async () => {
      await meter.priced(CENT, JANUARY);
      const id = await meter.project();
      const bucket = await meter.bucket(id, 'hourly');
      await meter.change(bucket, plus(day('2026-01-10'), 22 * HOUR), { bytes: 30 * GB, objects: 1 });
      const fileSystem = await meter.fileSystem(id);
      const start = plus(day('2026-01-10'), 22 * HOUR + 30 * MINUTE);
      await meter.ran(fileSystem, start, plus(start, 2 * HOUR));
      const range = between('2026-01-10', '2026-01-11');
      const [days, hours] = [await report(id, range), await report(id, `${range}&granularity=hour`)];
      expect(
        hours.body.line_items.map(({ hour, kind, quantity, cost_cents }: Record<string, unknown>) => [
          hour,
          kind,
          quantity,
          cost_cents,
        ]),
      ).toEqual([
        ['2026-01-10T22:00:00.000Z', 'storage', 1.25, 1],
        ['2026-01-10T22:00:00.000Z', 'filesystem', 0.5, 4],
        ['2026-01-10T23:00:00.000Z', 'storage', 1.25, 2],
        ['2026-01-10T23:00:00.000Z', 'filesystem', 1, 7],
      ]);
      expect(
        days.body.line_items.map(({ quantity, cost_cents }: Record<string, unknown>) => [
          quantity,
          cost_cents,
        ]),
      ).toEqual([
        [2.5, 3],
        [1.5, 11],
      ]);
      expect(days.body.line_items[0]).not.toHaveProperty('hour');
      expect(hours.body.cost_days).toEqual(days.body.cost_days);
    });

    it('is cut where from and to say, and parts sum to the whole', async () => {
      const id = await meter.project();
      const fileSystem = await meter.fileSystem(id);
      await meter.ran(fileSystem, plus(day('2026-01-10'), 9 * HOUR), plus(day('2026-01-10'), 15 * HOUR));
      const cost = async (query: string) =>
        (await report(id, query)).body.line_items.map(({ cost_cents }: { cost_cents: number }) => cost_cents);
      expect(await cost(between('2026-01-10', '2026-01-11'))).toEqual([42]);
      expect(await cost('?from=2026-01-10T00:00:00Z&to=2026-01-10T12:05:00%2B01:00')).toEqual([15]);
      expect(await cost('?from=2026-01-10T11:05:00Z&to=2026-01-11T00:00:00Z')).toEqual([27]);
      expect(await cost('?from=2026-01-10T11:00:00Z&to=2026-01-10T11:00:00Z')).toEqual([]);
    });

    it('is for every member, and of this project only', async () => {
      await meter.fileSystem(await meter.project());
      const { status, body } = await call(`GET /v1/projects/${here.projectId}/usage`, {
        token: here.member.token,
      });
      expect([status, body.file_systems]).toEqual([200, []]);
      expect(body.buckets.map(({ bucket_id }: { bucket_id: string }) => bucket_id)).toEqual([here.bucketId]);
    });
  });
};

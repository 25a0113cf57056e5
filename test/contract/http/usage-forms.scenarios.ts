import { describe, expect, it } from 'vitest';
import { contexts } from '../../../src/composition/tokens.js';
import { DAY, HOUR, instant, iso, MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOW, type TestApp } from '../../support/app.js';
import { type Client, clientOf, person, type World } from '../../support/client.js';
import { type Open, onStage } from './rig.js';
import { GB, type Meters, meters } from './usage.rig.js';

const day = (date: string) => instant(Date.parse(`${date}T00:00:00Z`));
const REFUSED: readonly (readonly [query: string, field: string])[] = [
  ['from=2026-01-03T00:00:00Z&to=2026-01-02T00:00:00Z', 'from'],
  ['from=2026-01-16T00:00:00Z', 'from'],
  ['from=2024-12-31T00:00:00Z&to=2026-01-01T00:00:00.001Z', 'from'],
  ['from=2025-12-01T00:00:00Z&to=2026-01-01T00:00:00.001Z&granularity=hour', 'from'],
  ['granularity=minute', 'granularity'],
  ['granularity=', 'granularity'],
  ['from=yesterday', 'from'],
  ['to=2026-01-01', 'to'],
  ['from=2026-02-30T00:00:00Z', 'from'],
  ['to=0000-01-01T00:00:00%2B14:00', 'to'],
  ['to=9999-12-31T23:59:59-14:00', 'to'],
];

/** What a usage report refuses, how it is priced, and its other form. */
export const usageFormScenarios = (open: Open, answered: Set<string>) => {
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

  describe('usage reports', () => {
    it('is a table for those who accept CSV', async () => {
      const id = await meter.project();
      const fileSystem = await meter.fileSystem(id);
      const start = plus(day('2026-01-10'), 9 * HOUR);
      await meter.ran(fileSystem, start, plus(start, 90 * MINUTE), '=cmd,"x"/small');
      const { status, text, headers } = await report(id, between('2026-01-10', '2026-01-11'), {
        accept: 'text/csv',
      });
      expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
      expect(headers.get('content-disposition')).toBe(
        'attachment; filename="usage-2026-01-10-2026-01-11.csv"',
      );
      expect(text.split('\r\n')).toEqual([
        'date,hour,kind,resource_id,resource_label,quantity,unit,unit_price_cents,unit_price_micros,cost_cents,currency',
        `2026-01-10,,filesystem,${fileSystem.id},"'=cmd,""x""/small",1.5,instance-hour,7,70000,11,usd`,
        '',
      ]);
      const hours = await report(id, between('2026-01-10', '2026-01-11', '&granularity=hour'), {
        accept: 'text/csv',
      });
      expect(hours.text).toContain('\r\n2026-01-10,2026-01-10T10:00:00.000Z,filesystem,');
    });

    it.each(REFUSED)('is refused for ?%s, naming %s', async (query, field) => {
      const { status, body } = await report(here.projectId, `?${query}`);
      expect([status, body.error.details.map((one: { field: string }) => one.field)]).toEqual([400, [field]]);
    });

    it('is priced by the settings from the start on, and not before', async () => {
      const priced = await open({ environment: { PRICE_STORAGE_GB_DAY: '0.5', PRICE_CURRENCY: 'JPY' } });
      const client = clientOf(priced);
      const { token } = await person(client);
      const own = meters(priced, client, token);
      const id = await own.project();
      const bucket = await own.bucket(id, 'priced');
      await own.change(bucket, plus(NOW, -DAY), { bytes: 10 * GB, objects: 1 });
      expect((await priced.container.get(contexts.billing).updatePriceBook()).isOk()).toBe(true);
      priced.clock.advance(6 * HOUR);
      const again = await client(`GET /v1/projects/${id}/usage?from=${iso(plus(NOW, -12 * HOUR))}`, {
        token,
      });
      expect(again.body.currency).toBe('jpy');
      expect(
        again.body.line_items.map(
          ({ quantity, unit_price_micros, unit_price_cents, cost_cents }: Record<string, unknown>) => [
            quantity,
            unit_price_micros,
            unit_price_cents,
            cost_cents,
          ],
        ),
      ).toEqual([
        [5, 0, 0, 0],
        [2.5, 500_000, 1, 1],
      ]);
      for (const line of priced.answered) answered.add(line);
      await priced.close();
    });
  });
};

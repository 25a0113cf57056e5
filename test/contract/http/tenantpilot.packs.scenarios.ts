import { describe, expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import type { ObjectKey } from '../../../src/domain/storage/object-key.js';
import { clientOf } from '../../support/client.js';
import { readZip } from '../../support/zip.js';
import { type Fields, formTo } from './pages.surfer.js';
import { blockedAttempts } from './tenantpilot.blocked.scenarios.js';
import { type Open, onStage, type Stage } from './tenantpilot.rig.js';

const PACKS = '/admin/review-packs';
const RANGE = { from: '2026-01-01T00:00:00Z', to: '2026-01-11T00:00:00Z' };

/** Packs: asked for, made by a job, shown and given out; and not made where they may not be. */
export const packScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const generate = (document?: unknown, who = on.owner) => who.act(`${PACKS}/actions/generate`, document);
  const review = () => `/admin/tenant-reviews/${on.ids['tenantReview']}`;
  const listed = async (who = on.owner): Promise<readonly { id: number; kind: string; status: string }[]> =>
    (await who.read(PACKS)).body.items;
  const contentsOf = async (pack: number): Promise<Readonly<Record<string, string>>> => {
    const { status, headers, bytes } = await on.owner.get(`${PACKS}/${pack}/download`);
    expect([status, headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    expect(headers.get('content-disposition')).toContain('attachment');
    return Object.fromEntries(
      readZip(bytes).entries.map(({ name, bytes: content }) => [name, content.toString('utf8')]),
    );
  };

  describe('a pack', () => {
    it('is accepted with its address, made after the answer, and given out when it is ready', async () => {
      const asked = await generate({ format: 'json', ...RANGE, audience: 'the board' });
      expect([asked.status, asked.headers.get('location')]).toEqual([202, `${PACKS}/${asked.body.id}`]);
      expect(asked.body).toMatchObject({
        kind: 'review',
        status: 'queued',
        format: 'json',
        from: '2026-01-01T00:00:00.000Z',
        to: '2026-01-11T00:00:00.000Z',
        tenant_review_id: null,
        deduped: false,
        run: { operation: 'review_pack.generate', status: 'queued' },
      });
      const early = await on.owner.read(`${PACKS}/${asked.body.id}/download`);
      expect([early.status, early.body.kind]).toEqual([409, 'pack_not_ready']);
      expect((await on.owner.page(`${PACKS}/${asked.body.id}`)).text).toContain('It is being made.');
      const twice = await generate({ format: 'json', ...RANGE, audience: 'the board' });
      expect(twice.body).toMatchObject({ id: asked.body.id, deduped: true });
      await on.app.drain();
      const ready = await on.owner.read(`${PACKS}/${asked.body.id}`);
      expect(ready.body).toMatchObject({ status: 'ready', run: { status: 'succeeded' } });
      const contents = await contentsOf(asked.body.id);
      expect(Object.keys(contents)).toEqual(expect.arrayContaining(['usage.json', 'audit.csv']));
      expect(Object.values(contents).join('\n')).toContain('the board');
      const page = await on.owner.page(`${PACKS}/${asked.body.id}`);
      expect(page.text).toContain(`href="${PACKS}/${asked.body.id}/download"`);
    });

    it('covers the last 30 days as CSV, and is the one there is, for those who do not say', async () => {
      const { body } = await generate();
      expect(body).toMatchObject({ id: Number(on.ids['reviewPack']), deduped: true, format: 'csv' });
      expect(body.from).toBe('2025-12-16T12:00:00.000Z');
      expect(Object.keys(await contentsOf(body.id))).toContain('usage.csv');
    });

    it('is not made of what makes no sense, which is named', async () => {
      for (const [document, field] of [
        [{ from: RANGE.to, to: RANGE.from }, 'to'],
        [{ from: 'yesterday' }, 'from'],
        [{ format: 'pdf' }, 'format'],
        [{ a: 'x'.repeat(17_000) }, 'notes'],
      ] as const) {
        const refused = await generate(document);
        expect([refused.status, refused.body.problems.map((one: { field: string }) => one.field)]).toEqual([
          422,
          [field],
        ]);
      }
    });

    it('is made anew of the same order, and the one there was stays', async () => {
      const { reviewPack = '' } = on.ids;
      const asked = await on.owner.act(`${PACKS}/${reviewPack}/actions/regenerate`);
      expect([asked.status, asked.headers.get('location')]).toEqual([202, `${PACKS}/${asked.body.id}`]);
      expect(asked.body.id).not.toBe(Number(reviewPack));
      expect(asked.body).toMatchObject({ run: { operation: 'review_pack.regenerate' }, deduped: false });
      await on.app.drain();
      expect((await listed()).map(({ id }) => id)).toEqual(
        expect.arrayContaining([asked.body.id, Number(reviewPack)]),
      );
    });

    it('is given out as it was written, or not at all', async () => {
      const { body } = await on.owner.act(`${PACKS}/${on.ids['reviewPack']}/actions/regenerate`);
      await on.app.drain();
      const at = `${PACKS}/${body.id}/download`;
      const whole = await on.owner.get(at);
      expect(whole.status).toBe(200);
      const call = clientOf(on.app);
      const { token } = on.people.owner;
      const buckets = await call(`GET /v1/projects/${on.projectId}/buckets`, { token });
      const { id } = buckets.body.items.find(({ name }: { name: string }) => name === 'review-packs');
      // Behind all doors: in the store itself.
      const objects = on.app.container.get(ports.objects);
      const forge = async (bytes: Uint8Array) => {
        const chunks = (async function* () {
          yield bytes;
        })();
        const key = `pack-${body.id}.zip` as ObjectKey;
        const options = {
          length: bytes.length,
          contentType: undefined,
          signal: new AbortController().signal,
        };
        const put = await objects.put(`th-${id}`, key, chunks, { ...options, maxBytes: bytes.length });
        expect(put.isOk()).toBe(true);
      };
      const flipped = Uint8Array.from(whole.bytes);
      flipped.set([(flipped.at(-1) ?? 0) ^ 1], flipped.length - 1);
      for (const bytes of [flipped, new Uint8Array(), new TextEncoder().encode('FORGED')]) {
        await forge(bytes);
        const refused = await on.owner.read(at);
        expect([refused.status, refused.body.kind]).toEqual([409, 'pack_altered']);
      }
      expect((await on.owner.page(at)).text).toContain('Have the pack made anew.');
      await forge(whole.bytes);
      expect((await on.owner.get(at)).bytes).toEqual(whole.bytes);
    });

    it('of a review covers what the review does', async () => {
      const asked = await on.owner.act(`${review()}/actions/export-executive-pack`);
      expect(asked.body).toMatchObject({
        kind: 'executive',
        tenant_review_id: Number(on.ids['tenantReview']),
        from: '2026-01-01T00:00:00.000Z',
        to: '2026-01-11T00:00:00.000Z',
      });
      await on.app.drain();
      expect(Object.values(await contentsOf(asked.body.id)).join('\n')).toContain('January');
    });

    it('is ordered on the pages in two steps, of which the first orders nothing', async () => {
      const before = await listed();
      const steps: readonly (readonly [string, RegExp, Fields])[] = [
        [`${PACKS}/generate?format=json&from=2026-01-02&to=2026-01-03`, /generate$/, {}],
        [`${PACKS}/${on.ids['reviewPack']}/regenerate`, /regenerate$/, {}],
        [`${review()}/export`, /export$/, {}],
      ];
      for (const [address, action] of steps) {
        const asked = await on.owner.page(address);
        expect([address, asked.status]).toEqual([address, 200]);
        expect((await listed()).length).toBeGreaterThanOrEqual(before.length);
        const done = await on.owner.submit(formTo(asked, action));
        expect([done.status, done.location]).toEqual([
          303,
          expect.stringMatching(/^\/admin\/review-packs\/\d+\?done=/),
        ]);
        expect((await on.owner.follow(done)).text).toMatch(
          /The pack is ordered\.|There is one like it already/,
        );
        await on.app.drain();
      }
      const [newest] = (await on.owner.read(`${PACKS}?page_size=50`)).body.items.filter(
        ({ format }: { format: string }) => format === 'json',
      );
      expect(newest).toMatchObject({ from: '2026-01-02T00:00:00.000Z', to: '2026-01-04T00:00:00.000Z' });
    });

    it('is typed again where the days are none', async () => {
      for (const [typed, field] of [
        [{ from: '2026-02-31' }, 'from'],
        [{ from: '2026-01-03', to: '2026-01-01' }, 'to'],
        [{ to: 'x' }, 'to'],
      ] as const) {
        const page = await on.owner.page(`${PACKS}/generate?${new URLSearchParams(typed)}`);
        const sent = await on.owner.post(`${PACKS}/generate`, { ...typed, csrf: on.owner.csrf });
        expect([sent.status, sent.text]).toEqual([422, expect.stringContaining(`href="#${field}"`)]);
        if (field !== 'to' || typed.to === 'x') expect(page.status).toBe(422);
      }
    });

    it('is listed page by page, newest first, and seen in its own workspace only', async () => {
      const first = await on.owner.read(`${PACKS}?page_size=1`);
      const token = encodeURIComponent(first.body.next_page_token);
      const second = await on.owner.read(`${PACKS}?page_size=1&page_token=${token}`);
      const all = await listed();
      expect([first.body.items[0].id, second.body.items[0].id]).toEqual([all[0]?.id, all[1]?.id]);
      expect((await on.owner.read(`${PACKS}?page_token=x`)).status).toBe(422);
      expect((await on.owner.page(PACKS)).text).toContain(`href="${PACKS}/${all[0]?.id}"`);
      expect(await listed(on.stranger)).toEqual([]);
      expect((await on.stranger.page(PACKS)).text).toContain('There are none yet.');
    });
  });

  describe('a review', () => {
    it('is written down by programs and people, listed, and shown', async () => {
      const { body, status, headers } = await on.owner.act('/admin/tenant-reviews', {
        title: '<i>Q4</i>',
        ...RANGE,
        note: 'quiet',
      });
      expect([status, headers.get('location')]).toEqual([201, `/admin/tenant-reviews/${body.id}`]);
      expect(body).toMatchObject({ title: '<i>Q4</i>', note: 'quiet', from: '2026-01-01T00:00:00.000Z' });
      const { action } = formTo(await on.owner.page('/admin/tenant-reviews'), /\/new$/);
      const { csrf } = on.owner;
      const typed = { csrf, title: 'Mine', from: '2026-01-01', to: '2026-01-10', note: 'calm' };
      const made = await on.owner.follow(await on.owner.post(action, typed));
      expect(made.text).toMatch(/The review is written down\..*calm/s);
      const list = await on.owner.read('/admin/tenant-reviews');
      expect(list.body.items.map(({ title }: { title: string }) => title)).toEqual([
        'Mine',
        '<i>Q4</i>',
        'January',
      ]);
      expect(list.body.items[0]).toMatchObject({ to: '2026-01-11T00:00:00.000Z', note: 'calm' });
      expect((await on.owner.page(`/admin/tenant-reviews/${body.id}`)).text).toContain('&lt;i&gt;Q4');
      expect((await on.owner.read(`/admin/tenant-reviews/${body.id}`)).body).toEqual(body);
      expect((await on.owner.read('/admin/tenant-reviews?page_token=x')).status).toBe(422);
      for (const wrong of [{ title: ' ' }, { from: '' }, { to: '' }, { to: '2025-01-01' }]) {
        const [field = ''] = Object.keys(wrong);
        const refused = await on.owner.post(action, { ...typed, ...wrong });
        expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(`href="#${field}"`)]);
      }
      const named: object = { title: 'x' };
      for (const [wrong, field] of [
        [{ title: '' }, 'title'],
        [{ note: 'x'.repeat(4_001) }, 'note'],
        [{ from: RANGE.to }, 'to'],
      ] as const) {
        const refused = await on.owner.act('/admin/tenant-reviews', { ...RANGE, ...named, ...wrong });
        expect([refused.status, refused.body.problems[0].field]).toEqual([422, field]);
      }
    });
  });

  describe('reviews', () => {
    it('are found page by page, the newest first', async () => {
      const reviews = '/admin/tenant-reviews';
      await on.owner.act(reviews, { title: 'One more', ...RANGE });
      const all = (await on.owner.read(reviews)).body.items;
      const first = (await on.owner.read(`${reviews}?page_size=1`)).body;
      const token = encodeURIComponent(first.next_page_token);
      const rest = (await on.owner.read(`${reviews}?page_token=${token}`)).body;
      expect([all[0].title, first.items, rest.items]).toEqual(['One more', all.slice(0, 1), all.slice(1)]);
    });
  });

  describe('a blocked attempt', () => blockedAttempts(() => on, { listed, contentsOf }));
};

import { expect, it } from 'vitest';
import type { TestApp } from '../../support/app.js';
import { type Client, connected, connectionJson, type World } from '../../support/client.js';
import { readZip } from '../../support/zip.js';
import { type Open, onStage } from './rig.js';

/** Connections to one bucket, each with a prefix of its own: none sees, or reaches, beyond that. */
export const connectionsJailScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const jailed = (jail: string) =>
    connected(
      app,
      call,
      here.projectId,
      here.admin.token,
      connectionJson('shared', { uri: `s3://shared${jail}` }),
    );
  const at = (id: string, query: string) => `/v1/connections/${id}/objects${query}`;
  const put = async (id: string, key: string) =>
    expect(
      (
        await call(`PUT ${at(id, `?key=${encodeURIComponent(key)}`)}`, {
          token: here.member.token,
          bytes: key,
        })
      ).status,
    ).toBe(204);
  const list = async (id: string, query = '') => {
    const { body } = await call(`GET ${at(id, query)}`, { token: here.member.token });
    return { ...body, keys: body.items.map(({ key }: { key: string }) => key) };
  };

  it('lists, reads and deletes only what is below its prefix, under names relative to it', async () => {
    const [p, p2, all] = [await jailed('/p'), await jailed('/p2/'), await jailed('')];
    for (const key of ['a', 'd/b', 'd/c']) for (const id of [p, p2, all]) await put(id, key);
    for (const key of ['p', 'p/', 'p-/x']) await put(all, key);
    expect((await list(all)).keys).toEqual(['a', 'd/', 'p', 'p-/', 'p/', 'p2/']);
    for (const id of [p, p2]) {
      const top = await list(id);
      expect([top.keys, top.prefix, top.items[0].name]).toEqual([['a', 'd/'], '', 'a']);
      expect((await list(id, '?prefix=d/')).keys).toEqual(['d/b', 'd/c']);
      expect((await list(id, '?prefix=p')).keys).toEqual([]);
    }
    const { token } = here.member;
    for (const key of ['p/a', 'p2/a', '/a']) {
      const query = `?key=${encodeURIComponent(key)}`;
      expect((await call(`GET ${at(p, `/download${query}`)}`, { token })).status).toBe(404);
      expect((await call(`DELETE ${at(p, query)}`, { token })).status).toBe(204);
    }
    const zip = await fetch(`${app.url}${at(p, '/download?key=d&recursive=true')}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { entries } = readZip(Buffer.from(await zip.arrayBuffer()));
    expect(entries.map(({ name }) => name)).toEqual(['b', 'c']);
    expect((await call(`DELETE ${at(p, '?key=d&recursive=true')}`, { token })).status).toBe(204);
    expect((await call(`DELETE ${at(p, '?key=a')}`, { token })).status).toBe(204);
    expect((await list(p)).keys).toEqual([]);
    expect([(await list(p2)).keys, (await list(all)).keys]).toEqual([
      ['a', 'd/'],
      ['a', 'd/', 'p', 'p-/', 'p/', 'p2/'],
    ]);
  });

  it('pages through what is below it, with tokens of this connection only', async () => {
    const [one, other] = [await jailed('/pages'), await jailed('/pages2')];
    for (const key of ['a', 'b', 'c']) for (const id of [one, other]) await put(id, key);
    const first = await list(one, '?max_keys=2');
    expect([first.keys, first.has_more]).toEqual([['a', 'b'], true]);
    const query = `?max_keys=2&continuation_token=${first.next_continuation_token}`;
    expect(await list(one, query)).toMatchObject({ keys: ['c'], has_more: false });
    expect((await call(`GET ${at(other, query)}`, { token: here.member.token })).status).toBe(400);
  });

  it('leaves as many bytes for a key as the store has without its prefix', async () => {
    const jail = 'x'.repeat(99);
    const id = await jailed(`/${jail}`);
    const { token } = here.member;
    for (const [length, status] of [
      [924, 204],
      [925, 400],
    ] as const) {
      const query = `?key=${'k'.repeat(length)}`;
      const answer = await call(`PUT ${at(id, query)}`, { token, bytes: 'x' });
      expect([length, answer.status]).toEqual([length, status]);
      if (status === 400) expect(answer.body.error.details[0]).toMatchObject({ field: 'key' });
      for (const request of [`GET ${at(id, `/download${query}`)}`, `DELETE ${at(id, query)}`])
        expect([request, (await call(request, { token })).status === 400]).toEqual([request, status === 400]);
    }
    const listed = await call(`GET ${at(id, `?prefix=${'k'.repeat(925)}`)}`, { token });
    expect([listed.status, listed.body.error.details[0].field]).toEqual([400, 'prefix']);
  });
};

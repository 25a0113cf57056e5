import { ResultAsync } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GOOD, head, type Kit, pause, startKit, strays, wire } from './rig.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

type Said = {
  readonly kind?: string;
  readonly maxBytes?: number;
  readonly got?: unknown;
  readonly problems?: readonly { readonly field: string }[];
};

describe('request bodies', () => {
  const lost = strays();
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  });
  afterAll(async () => {
    await kit.stop(1_000);
    expect(kit.defects).toEqual([]);
    expect(lost).toEqual([]);
  });

  const send = async (path: string, headers: Record<string, string>, body: string | Uint8Array) => {
    const answer = await fetch(kit.url + path, { method: 'POST', headers, body: body as string });
    return { status: answer.status, body: (await answer.json()) as Said };
  };
  const create = (body: string | Uint8Array, headers: Record<string, string> = JSON_TYPE) =>
    send('/things', { ...GOOD, ...headers }, body);

  it('takes JSON, in any spelling of its media type', async () => {
    for (const type of [
      'application/json',
      'Application/JSON; charset=utf-8',
      'application/merge-patch+json',
    ])
      expect(await create('{"name":"é"}', { 'content-type': type })).toEqual({
        status: 201,
        body: { id: 'new', name: 'é' },
      });
  });

  it('refuses as a malformed document what is no JSON, no UTF-8, empty, or called something else', async () => {
    const refused = [
      create('{'),
      create(''),
      create(new Uint8Array([0x22, 0xff, 0x22])),
      create('{"name":"a"}', { 'content-type': 'text/plain' }),
      create('{"name":"a"}', { 'content-type': 'application/x-www-form-urlencoded' }),
    ];
    for (const { status, body } of await Promise.all(refused))
      expect([status, body.kind]).toEqual([400, 'malformed_document']);
  });

  it('takes a document of a mebibyte and refuses one byte more, announced or not', async () => {
    const frame = '{"name":"a","more":""}'.length;
    const document = (bytes: number) => `{"name":"a","more":"${'x'.repeat(bytes - frame)}"}`;
    expect((await create(document(1024 * 1024))).status).toBe(201);
    const tooLong = document(1024 * 1024 + 1);
    const announced = await create(tooLong);
    const chunked = await fetch(`${kit.url}/things`, {
      method: 'POST',
      headers: { ...GOOD, ...JSON_TYPE },
      body: new Blob([tooLong]).stream(),
      duplex: 'half',
    } as RequestInit);
    for (const { status, body } of [
      announced,
      { status: chunked.status, body: (await chunked.json()) as Said },
    ])
      expect([status, body.kind, body.maxBytes]).toEqual([413, 'body_too_large', 1024 * 1024]);
  });

  it('keeps NUL and lone surrogates out, at any depth, names included', async () => {
    for (const [document, field] of [
      ['{"name":"a\\u0000b"}', 'name'],
      ['{"name":"\\ud800"}', 'name'],
      ['{"name":"a","deep":[{"er":"\\udfff"}]}', 'deep.0.er'],
      ['{"name":"a","\\ud800":1}', 'body'],
    ] as const) {
      const { status, body } = await create(document);
      expect([status, body.problems?.[0]?.field]).toEqual([422, field]);
    }
  });

  it('is unharmed by a mebibyte of nested brackets and by names that mean something to JavaScript', async () => {
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    expect((await create(deep)).status).toBe(422);
    expect(
      (await create(`{"name":"a","tags":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`)).status,
    ).toBe(422);
    const sly = await create(
      '{"name":"a","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    );
    expect(sly).toEqual({ status: 201, body: { id: 'new', name: 'a' } });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('names no more than a hundred problems, however many there are', async () => {
    const { status, body } = await create(`{"name":"a","tags":[${'1,'.repeat(300_000)}1]}`);
    expect([status, body.problems?.length]).toEqual([422, 100]);
    const bad = Array.from({ length: 500 }, () => '"\\ud800"').join(',');
    expect((await create(`{"name":"a","tags":[${bad}]}`)).body.problems?.length).toBe(100);
  });

  it('takes forms, where a name that comes twice is not a single value', async () => {
    const form = (text: string, headers: Record<string, string> = FORM_TYPE) => send('/form', headers, text);
    expect(await form('name=a+b%C3%A9&note=')).toEqual({
      status: 200,
      body: { got: { name: 'a bé', note: '' } },
    });
    expect((await form('name=a&name=b')).body.problems?.[0]?.field).toBe('name');
    expect((await form('__proto__=x')).body.problems?.[0]?.field).toBe('name');
    expect((await form('name=%00')).body.problems?.[0]?.field).toBe('name');
    expect((await form('name=a', JSON_TYPE)).body.kind).toBe('malformed_document');
  });

  it('takes raw bytes as they are, up to the limit of the route', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect((await send('/raw', {}, bytes)).body.got).toBe(Buffer.from(bytes).toString('hex'));
    expect((await send('/raw', {}, new Uint8Array(1024))).status).toBe(200);
    expect((await send('/raw', {}, new Uint8Array(1025))).status).toBe(413);
  });

  it('does not read what a route does not take, and keeps the connection for a small rest', async () => {
    const { send: say, hears, socket } = await wire(kit.port);
    say(head('POST /ping', 'Content-Length: 5'));
    await hears(/200 OK[\s\S]*\r\n\r\n/);
    say(`12345${head('GET /words')}`);
    expect(await hears(/<p>hello<\/p>/)).toContain('200 OK');
    socket.destroy();
  });

  it('keeps the connection too when a small body was begun and then refused', async () => {
    const fussy = await startKit({
      upload: (body) =>
        ResultAsync.fromThrowable(
          async () => {
            for await (const _first of body.bytes) throw new Error('seen enough');
          },
          () => ({ kind: 'broken_off' as const }),
        )(),
    });
    const { send: say, hears, socket } = await wire(fussy.port);
    say(`${head('PUT /blob', 'Content-Length: 60005', 'Authorization: Bearer good')}12345`);
    await hears(/400 Bad Request[\s\S]*broken_off/);
    // In pieces: what comes at once is parsed at once, even where nobody reads any more.
    for (const rest of ['x'.repeat(30_000), 'x'.repeat(30_000), head('GET /words')]) {
      say(rest);
      await pause(20);
    }
    await hears(/<p>hello<\/p>/);
    socket.destroy();
    await fussy.stop(1_000);
  });
});

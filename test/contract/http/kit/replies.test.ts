import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GOOD, type Kit, startKit, strays } from './rig.js';
import { outgoing, type Toy } from './toy.js';

/** fetch would wait for a body that HEAD must not have; node:http shows what really came. */
const ask = (kit: Kit, method: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
    (resolve, reject) => {
      const req = request(kit.url + path, { method, headers, agent: false }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('end', () =>
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
        res.on('error', reject);
      });
      req.on('error', reject).end();
    },
  );

describe('replies', () => {
  const lost = strays();
  let kit: Kit;
  let opened = 0;
  let found: ReturnType<Toy['download']> = outgoing('hello');
  beforeAll(async () => {
    kit = await startKit({
      download: () => found,
      events: async function* () {
        opened += 1;
        yield { id: '7', event: 'changed', data: { line: 'a\nb' } };
        yield { event: 'done', data: null };
      },
    });
  });
  afterAll(async () => {
    await kit.stop(1_000);
    expect(kit.defects).toEqual([]);
    expect(lost).toEqual([]);
  });

  it('sends JSON documents with a length, and only the head of them to HEAD', async () => {
    const got = await ask(kit, 'GET', '/things/a', GOOD);
    expect([got.status, got.text]).toEqual([200, '{"id":"a","name":"A thing"}']);
    expect(got.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(got.headers['content-length']).toBe(String(got.text.length));
    const headed = await ask(kit, 'HEAD', '/things/a', GOOD);
    expect([headed.status, headed.text]).toEqual([200, '']);
    expect(headed.headers['content-length']).toBe(got.headers['content-length']);
  });

  it('sends pages and text as what they are', async () => {
    const page = await ask(kit, 'GET', '/page');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    const words = await ask(kit, 'GET', '/words');
    expect([words.text, words.headers['content-type']]).toEqual([
      '<p>hello</p>',
      'text/plain; charset=utf-8',
    ]);
  });

  it('sends the form that the client prefers, and a document where it does not say', async () => {
    const kinds = async (accept: string | undefined) => {
      const { status, headers, text } = await ask(
        kit,
        'GET',
        '/either',
        accept === undefined ? {} : { accept },
      );
      expect([status, headers['vary']]).toEqual([200, expect.stringContaining('Accept')]);
      return [headers['content-type'], text];
    };
    const table = ['text/csv; charset=utf-8', 'got\r\nhello\r\n'];
    const document = ['application/json; charset=utf-8', '{"got":"hello"}'];
    for (const accept of [
      'text/csv',
      'text/*;q=0.5',
      'application/json;q=0.1, text/csv',
      'TEXT/CSV;q=0.9, */*;q=0.1',
    ])
      expect([accept, ...(await kinds(accept))]).toEqual([accept, ...table]);
    for (const accept of [
      undefined,
      '*/*',
      'application/json',
      'text/csv;q=0.1, application/*',
      'image/png',
      'nonsense',
    ])
      expect([accept, ...(await kinds(accept))]).toEqual([accept, ...document]);
  });

  it('sends nothing where there is nothing to say', async () => {
    const deleted = await ask(kit, 'DELETE', '/things/a');
    expect([deleted.status, deleted.text, deleted.headers['content-length']]).toEqual([204, '', undefined]);
    const pinged = await ask(kit, 'POST', '/ping');
    expect([pinged.status, pinged.text, pinged.headers['content-length']]).toEqual([200, '', '0']);
  });

  it('redirects with 303', async () => {
    const { status, headers } = await ask(kit, 'POST', '/leave');
    expect([status, headers['location']]).toEqual([303, '/page?from=%C3%A9']);
  });

  it('sends objects as attachments that no browser renders', async () => {
    found = outgoing('<script>alert(1)</script>', { fileName: 'evil.html' });
    const { status, headers, text } = await ask(kit, 'GET', '/blob');
    expect([status, text]).toEqual([200, '<script>alert(1)</script>']);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '25',
      'content-disposition': 'attachment; filename=evil.html',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      etag: '"v1"',
      'last-modified': 'Thu, 15 Jan 2026 00:00:00 GMT',
      'cache-control': 'private, no-cache',
    });
  });

  it('names files safely, whatever they are called', async () => {
    const names = [
      'a"b\\c;.txt',
      'a\r\nX-Evil: 1\r\n.txt',
      '日本 é.txt',
      '%41.txt',
      '..',
      ' ',
      '💥',
      'a\tb\x7f',
      'x'.repeat(1024),
    ];
    for (const fileName of names) {
      found = outgoing('hello', { fileName });
      const { status, headers, text } = await ask(kit, 'GET', '/blob');
      expect([status, text]).toEqual([200, 'hello']);
      const said = String(headers['content-disposition']);
      expect(said).toMatch(/^attachment/);
      expect(headers['x-evil']).toBeUndefined();
      const extended = /filename\*=UTF-8''([^;]*)/i.exec(said)?.[1];
      if (extended !== undefined) expect(decodeURIComponent(extended)).toBe(fileName);
    }
    expect(names.length).toBe(9);
  });

  it('sends parts as 206, says 304 to a current copy, and names the size with 416', async () => {
    found = outgoing('ell', { part: { from: 1, to: 3, size: 5 } });
    const part = await ask(kit, 'GET', '/blob', { range: 'bytes=1-3' });
    expect([part.status, part.text]).toEqual([206, 'ell']);
    expect([part.headers['content-range'], part.headers['content-length']]).toEqual(['bytes 1-3/5', '3']);
    found = { notModified: 'v1' };
    const current = await ask(kit, 'GET', '/blob');
    expect([current.status, current.text, current.headers['content-length']]).toEqual([304, '', undefined]);
    expect([current.headers['etag'], current.headers['cache-control']]).toEqual([
      '"v1"',
      'private, no-cache',
    ]);
    const outside = await ask(kit, 'GET', '/blob', { range: 'bytes=9000-' });
    expect([outside.status, outside.headers['content-range']]).toEqual([416, 'bytes */5']);
  });

  it('reads nothing for HEAD of an object, and frees it', async () => {
    let closed = 0;
    let read = 0;
    const bytes = (async function* () {
      read += 1;
      yield Buffer.from('hello');
    })();
    found = outgoing('hello', { bytes, close: () => (closed += 1) });
    const { status, headers, text } = await ask(kit, 'HEAD', '/blob');
    expect([status, text, headers['content-length'], headers['etag']]).toEqual([200, '', '5', '"v1"']);
    expect([read, closed]).toEqual([0, 1]);
  });

  it('sends an empty object', async () => {
    found = outgoing('', { bytes: (async function* () {})() });
    const { status, headers, text } = await ask(kit, 'GET', '/blob');
    expect([status, text, headers['content-length']]).toEqual([200, '', '0']);
  });

  it('sends events in the form of WHATWG HTML, and only the head to HEAD', async () => {
    const { headers, text } = await ask(kit, 'GET', '/events');
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(text).toBe(
      'retry: 3000\n\nid: 7\nevent: changed\ndata: {"line":"a\\nb"}\n\nevent: done\ndata: null\n\n',
    );
    const headed = await ask(kit, 'HEAD', '/events');
    expect([headed.status, headed.text, opened]).toEqual([200, '', 1]);
  });

  describe('that are not what their route declares', () => {
    it('are defects outside production', async () => {
      const strict = await startKit({ strict: true });
      for (const path of ['/misshapen', '/undeclared']) {
        const { status, text } = await ask(strict, 'GET', path);
        expect([status, JSON.parse(text).kind]).toEqual([500, 'internal']);
      }
      expect(strict.defects.map(String)).toEqual([
        expect.stringContaining('misshapen: the reply breaks its schema'),
        expect.stringContaining('undeclared answered 500, which it does not declare'),
      ]);
      await strict.stop(1_000);
    });

    it('are sent and reported in production', async () => {
      const lenient = await startKit({ strict: false });
      const misshapen = await ask(lenient, 'GET', '/misshapen');
      expect([misshapen.status, JSON.parse(misshapen.text)]).toEqual([200, { id: 7, name: 'A thing' }]);
      expect((await ask(lenient, 'GET', '/undeclared')).status).toBe(500);
      expect(lenient.defects).toEqual([]);
      expect(lenient.reports).toEqual([
        expect.stringContaining('misshapen: the reply breaks its schema'),
        expect.stringContaining('undeclared answered 500'),
      ]);
      await lenient.stop(1_000);
    });
  });
});

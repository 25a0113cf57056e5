import { createServer, type IncomingMessage, type RequestListener, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resolve } from '../../../../src/adapters/kit/names.js';
import { type Network, network } from '../../../../src/adapters/kit/network.js';
import { type Agents, guardedAgents, isOutboundRefused } from '../../../../src/adapters/kit/outbound.js';

const networks = (...texts: string[]): readonly Network[] => texts.map((text) => network(text)!);

/** A name server of our own: each name answers with its list, then the next one, the last for ever. */
const names = (table: Record<string, readonly (readonly string[])[]>) => {
  const asked: string[] = [];
  const resolve: Resolve = async (name) => {
    const answers = table[name] ?? [];
    const turn = asked.filter((one) => one === name).length;
    asked.push(name);
    return (answers[Math.min(turn, answers.length - 1)] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
  };
  return { asked, resolve };
};

/** The status of the answer, or what kept it from coming. */
const get = (agents: Agents, url: string): Promise<number | Error> =>
  new Promise((settle) => {
    const send = url.startsWith('https:') ? secureRequest : request;
    const sent = send(url, { agent: url.startsWith('https:') ? agents.https : agents.http, timeout: 5_000 });
    sent.once('response', (answer: IncomingMessage) => {
      answer.resume().once('end', () => settle(answer.statusCode ?? 0));
    });
    sent
      .once('error', settle)
      .once('timeout', () => sent.destroy(new Error('too late')))
      .end();
  });

/** What a client that follows redirects by itself does. */
const follow = (agents: Agents, url: string): Promise<number | Error> =>
  new Promise((settle) => {
    request(url, { agent: agents.http }, (answer) => {
      const next = answer.resume().headers.location;
      answer.once('end', () => settle(next === undefined ? (answer.statusCode ?? 0) : follow(agents, next)));
    })
      .once('error', settle)
      .end();
  });

let port: number;
let visits: string[] = [];
const peers = new Set<number | undefined>();
const answer: RequestListener = (req, res) => {
  visits.push(`${req.headers.host}${req.url}`);
  peers.add(req.socket.remotePort);
  if (req.url === '/away') res.writeHead(302, { location: `http://127.0.0.2:${port}/metadata` });
  res.end();
};
const server = createServer(answer);

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '0.0.0.0', listening));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const refused = async (outcome: Promise<number | Error>): Promise<void> => {
  visits = [];
  const cause = await outcome;
  expect(cause).toBeInstanceOf(Error);
  expect(isOutboundRefused(cause)).toBe(true);
  expect(visits).toEqual([]);
};

describe('the guard of outgoing connections', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::a9fe:a9fe]',
    '[2002:7f00:1::]',
    '[2001:0:4136:e378:8000:63bf:80ff:fffe]',
    '[2600::5efe:7f00:1]',
    '[2001:db8::1]',
    '[fc00::1]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[100::1]',
    '[4000::1]',
  ])('lets nobody through to %s, over http or https', async (host) => {
    const agents = guardedAgents({ allow: [] });
    await refused(get(agents, `http://${host}:${port}/`));
    await refused(get(agents, `https://${host}:${port}/`));
  });

  it('judges what a name stands for', async () => {
    const { resolve } = names({
      'inside.test': [['10.1.2.3']],
      'both.test': [['10.1.2.3', 'fd00::1', '::ffff:127.0.0.1']],
    });
    const agents = guardedAgents({ allow: [], resolve });
    await refused(get(agents, `http://inside.test:${port}/`));
    await refused(get(agents, `https://both.test:${port}/`));
  });

  it('connects only to those addresses of a name that it may go to', async () => {
    const { resolve } = names({ 'mixed.test': [['127.0.0.2', '127.0.0.3']] });
    visits = [];
    const seen = new Set<string>();
    const note = (req: IncomingMessage) => void seen.add(req.socket.localAddress ?? '');
    server.on('request', note);
    const agents = guardedAgents({ allow: networks('127.0.0.3'), resolve });
    expect(await get(agents, `http://mixed.test:${port}/`)).toBe(200);
    server.off('request', note);
    expect([...seen]).toEqual(['127.0.0.3']);
  });

  it('asks for a name once a connection, so that it cannot flip after the check', async () => {
    const flips = { 'flips.test': [['127.0.0.3'], ['127.0.0.2']] };
    const { resolve, asked } = names(flips);
    const agents = guardedAgents({ allow: networks('127.0.0.3'), resolve });
    expect(await get(agents, `http://flips.test:${port}/`)).toBe(200);
    expect(asked).toEqual(['flips.test']);
    for (const socket of Object.values(agents.http.freeSockets).flat()) socket?.destroy();
    await refused(get(agents, `http://flips.test:${port}/`));
    expect(asked).toEqual(['flips.test', 'flips.test']);
  });

  it('judges where a redirect leads as it judges everything else', async () => {
    const agents = guardedAgents({ allow: networks('127.0.0.1') });
    visits = [];
    const cause = await follow(agents, `http://127.0.0.1:${port}/away`);
    expect(isOutboundRefused(cause)).toBe(true);
    expect(visits).toEqual([`127.0.0.1:${port}/away`]);
  });

  it('opens exactly the networks that are allowed', async () => {
    const agents = guardedAgents({ allow: networks('127.0.0.1', '127.0.1.0/24') });
    expect(await get(agents, `http://127.0.0.1:${port}/`)).toBe(200);
    expect(await get(agents, `http://[::ffff:127.0.0.1]:${port}/`)).toBe(200);
    expect(await get(agents, `http://127.0.1.77:${port}/`)).toBe(200);
    await refused(get(agents, `http://127.0.0.2:${port}/`));
    await refused(get(agents, `http://127.0.2.1:${port}/`));
    await refused(get(agents, `http://[::1]:${port}/`));
  });

  it('knows names of this machine only where networks are allowed', async () => {
    expect(await get(guardedAgents({ allow: networks('127.0.0.1') }), `http://localhost:${port}/`)).toBe(200);
    visits = [];
    expect(await get(guardedAgents({ allow: [] }), `http://localhost:${port}/`)).toBeInstanceOf(Error);
    expect(visits).toEqual([]);
  });

  it('says nothing of a refusal but the host that was asked for', async () => {
    const { resolve } = names({ 'inside.test': [['10.1.2.3']] });
    const cause = await get(guardedAgents({ allow: [], resolve }), 'http://inside.test/');
    expect((cause as Error).message).toBe('connections to inside.test are not allowed');
  });

  it('reaches no socket of this machine by its path', async () => {
    const agents = guardedAgents({ allow: networks('127.0.0.0/8') });
    const cause = await new Promise((settle) =>
      request({ socketPath: '/var/run/docker.sock', agent: agents.http })
        .once('error', settle)
        .once('response', settle)
        .end(),
    );
    expect(isOutboundRefused(cause)).toBe(true);
  });

  it('goes on after refusals, more of them than it has connections', async () => {
    const agents = guardedAgents({ allow: networks('127.0.0.1') });
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, () => get(agents, `http://127.0.0.2:${port}/`)),
    );
    expect(outcomes.every((cause) => isOutboundRefused(cause))).toBe(true);
    expect(await get(agents, `http://127.0.0.1:${port}/`)).toBe(200);
    expect(Object.keys(agents.http.requests)).toEqual([]);
  });

  it('keeps connections for the next request', async () => {
    const agents = guardedAgents({ allow: networks('127.0.0.1') });
    peers.clear();
    for (let i = 0; i < 5; i += 1) expect(await get(agents, `http://127.0.0.1:${port}/`)).toBe(200);
    expect(peers.size).toBe(1);
  });

  it('keeps few of them when there were many', async () => {
    const agents = guardedAgents({ allow: networks('127.0.0.1') });
    const many = Array.from({ length: 80 }, () => get(agents, `http://127.0.0.1:${port}/`));
    expect(new Set(await Promise.all(many))).toEqual(new Set([200]));
    const idle = () => Object.values(agents.http.freeSockets).flat().length;
    await expect.poll(() => idle() + Object.values(agents.http.sockets).flat().length).toBe(idle());
    expect(idle()).toBeGreaterThan(0);
    expect(idle()).toBeLessThanOrEqual(32);
  });

  it('tells a server over https the name it was asked for, not the address it found', async () => {
    const { resolve } = names({ 'named.test': [['127.0.0.1']] });
    const hello = await new Promise<Buffer>((settle) => {
      const tcp = createTcpServer((socket) =>
        socket.once('data', (bytes) => {
          settle(bytes);
          socket.destroy();
          tcp.close();
        }),
      ).listen(0, '127.0.0.1', () => {
        const agents = guardedAgents({ allow: networks('127.0.0.1'), resolve });
        void get(agents, `https://named.test:${(tcp.address() as AddressInfo).port}/`);
      });
    });
    expect(hello.includes('named.test')).toBe(true);
  });
});

describe('a refusal', () => {
  it('is recognised behind other errors, and in nothing else', async () => {
    const cause = await get(guardedAgents({ allow: [] }), 'http://127.0.0.1/');
    expect(isOutboundRefused(new Error('the store', { cause: new Error('the call', { cause }) }))).toBe(true);
    const circular = new Error('round');
    circular.cause = circular;
    for (const other of [undefined, null, 'OUTBOUND_REFUSED', new Error('ECONNREFUSED'), circular])
      expect(isOutboundRefused(other)).toBe(false);
  });
});

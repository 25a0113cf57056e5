import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { answersNfs } from '../../../../src/adapters/rclone/nfs-probe.js';

const HOST = '127.0.0.1';

describe('whether an NFS server answers', () => {
  let server: Server;
  afterEach(() => new Promise<void>((closed) => void server.close(() => closed())));

  const listening = async (onCall: (socket: Socket, call: Buffer) => void): Promise<number> => {
    server = createServer((socket) => {
      socket.on('data', (call) => onCall(socket, call));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return (server.address() as AddressInfo).port;
  };
  /** A reply to a call, by RFC 5531: accepted, no verifier, and how it went. */
  const replyTo = (call: Buffer, went = 0): Buffer => {
    const reply = Buffer.alloc(28);
    reply.writeUInt32BE(0x8000_0018);
    call.copy(reply, 4, 4, 8);
    reply.writeUInt32BE(1, 8);
    reply.writeUInt32BE(went, 24);
    return reply;
  };

  it('is told by a reply to the call that does nothing, however it is cut', async () => {
    const calls: string[] = [];
    const port = await listening((socket, call) => {
      calls.push(call.subarray(8).toString('hex'));
      socket.write(replyTo(call).subarray(0, 9));
      setTimeout(() => socket.write(replyTo(call).subarray(9)), 20);
    });
    expect(await answersNfs(HOST, port)).toBe(true);
    const word = (value: number) => value.toString(16).padStart(8, '0');
    expect(calls).toEqual([[0, 2, 100_003, 4, 0, 0, 0, 0, 0].map(word).join('')]);
  });

  it('is denied where the answer is another, is none, or nobody is there', async () => {
    const port = await listening((socket, call) => void socket.write(replyTo(call, 1)));
    expect(await answersNfs(HOST, port)).toBe(false);
    await new Promise((closed) => server.close(closed));
    expect(await answersNfs(HOST, port)).toBe(false);
    const hangingUp = await listening((socket) => void socket.end());
    expect(await answersNfs(HOST, hangingUp)).toBe(false);
    await new Promise((closed) => server.close(closed));
    const silent = await listening(() => undefined);
    expect(await answersNfs(HOST, silent)).toBe(false);
  });
});

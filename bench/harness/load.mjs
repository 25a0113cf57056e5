import { connect } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);

/** Length of the whole reply, or undefined while its head is not complete. */
const lengthOf = (bytes, expected) => {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = bytes.latin1Slice(0, end);
  if (Number(head.slice(9, 12)) !== expected)
    throw new Error(`answered ${head.split('\r\n')[0]} ${bytes.subarray(end).toString().slice(0, 500)}`);
  const [, length] = /^content-length: *(\d+)$/im.exec(head) ?? [];
  if (length === undefined && expected !== 204) throw new Error('a reply without Content-Length');
  return end + HEAD_END.length + Number(length ?? 0);
};

/** One keep-alive connection, one request in flight, until there are no more requests. */
const connection = ({ port, next, status, onReply }) =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let bytes = NOTHING;
    const ask = () => {
      const request = next();
      if (request !== undefined) return socket.write(request);
      resolve();
      socket.destroy();
    };
    socket.on('connect', ask);
    socket.on('data', (chunk) => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      try {
        const length = lengthOf(bytes, status);
        if (length === undefined || bytes.length < length) return;
      } catch (problem) {
        reject(problem);
        return socket.destroy();
      }
      onReply(bytes);
      bytes = NOTHING;
      ask();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection')));
  });

/**
 * Keeps `connections` requests in flight for `seconds` and answers how many came back. `request(n)` gives
 * the n-th request as bytes, undefined when there are no more. Plain sockets: the generator shares the
 * cores with what it measures.
 */
export const load = async ({ port, connections, seconds, status = 200, request, onReply = () => {} }) => {
  const began = performance.now();
  const deadline = began + seconds * 1000;
  let asked = 0;
  let count = 0;
  const next = () => (performance.now() < deadline ? request(asked++) : undefined);
  const reply = (bytes) => {
    count += 1;
    onReply(bytes);
  };
  const workers = Array.from({ length: connections }, () =>
    connection({ port, next, status, onReply: reply }),
  );
  await Promise.all(workers);
  return { count, seconds: (performance.now() - began) / 1000 };
};

/** A request as bytes. */
export const requestBytes = (method, path, headers, body = NOTHING) => {
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
};

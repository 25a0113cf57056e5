import { connect } from 'node:net';

const PATIENCE_MS = 2_000;
const NFS = 100_003;
const CALL = [2, NFS, 4, 0, 0, 0, 0, 0] as const;
const ACCEPTED = 24;

/** The call that does nothing, as it goes over the line: its length, its name, and who is asked for what. */
const nullCall = (name: number): Buffer => {
  const words = [name, 0, ...CALL];
  const bytes = Buffer.alloc(4 + 4 * words.length);
  bytes.writeUInt32BE(0x8000_0000 + 4 * words.length);
  for (const [at, word] of words.entries()) bytes.writeUInt32BE(word, 4 + 4 * at);
  return bytes;
};

/** An answer to that name: it is a reply, it was accepted, and it went well. */
const isAnswer = (bytes: Buffer, name: number): boolean =>
  bytes.readUInt32BE(4) === name &&
  bytes.readUInt32BE(8) === 1 &&
  bytes.readUInt32BE(12) === 0 &&
  bytes.readUInt32BE(24) === 0;

/** Whether an NFSv4 server answers there. */
export const answersNfs = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const name = port;
    const socket = connect({ host, port });
    let heard = Buffer.alloc(0);
    const end = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(PATIENCE_MS, () => end(false));
    socket.once('error', () => end(false)).once('close', () => resolve(false));
    socket.once('connect', () => socket.write(nullCall(name)));
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk]);
      if (heard.length >= 4 + ACCEPTED) end(isAnswer(heard, name));
    });
  });

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Buckets, ObjectFields, Preconditions, Version } from './buckets.js';
import { invalid, refusal } from './refusal.js';

const QUANTUM = 256 * 1024;

/** All bytes of a request; throws when the sender leaves before their end. */
export const bytesOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};
export const fieldsIn = <T>(bytes: Buffer): T => {
  try {
    return JSON.parse(bytes.toString() || '{}') as T;
  } catch {
    throw refusal(400, 'parseError', 'Parse Error');
  }
};

/** The two parts of multipart/related: the object's fields, and its bytes. */
const partsOf = (body: Buffer, contentType: string) => {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const delimiter = `--${quoted ?? bare}`;
  const open = body.indexOf(`${delimiter}\r\n`);
  const between = body.indexOf(`\r\n${delimiter}\r\n`, open + 1);
  const close = body.indexOf(`\r\n${delimiter}--`, between + 1);
  if (open !== 0 || between < 0 || close < 0) throw invalid('Malformed multipart body.');
  const content = (part: Buffer) => {
    const blank = part.indexOf('\r\n\r\n');
    if (blank < 0) throw invalid('Malformed multipart body.');
    const type = /^content-type:\s*(.+)$/im.exec(part.subarray(0, blank).toString('latin1'))?.[1]?.trim();
    return { type, bytes: part.subarray(blank + 4) };
  };
  return [
    content(body.subarray(delimiter.length, between)),
    content(body.subarray(between + 2 + delimiter.length, close)),
  ] as const;
};

export type Upload = { readonly fields: ObjectFields; readonly bytes: Buffer };

/** An upload of uploadType=multipart: the type of the second part counts where the first names none. */
export const multipartOf = (body: Buffer, contentType: string): Upload => {
  const [first, second] = partsOf(body, contentType);
  const named = second.type ? { contentType: second.type } : {};
  return { fields: { ...named, ...fieldsIn<ObjectFields>(first.bytes) }, bytes: second.bytes };
};

type Session = {
  readonly bucket: string;
  readonly fields: ObjectFields;
  readonly conditions: Preconditions;
  received: Buffer;
};

/** Uploads in several requests (resumable). */
export const uploadsInto = (buckets: Buckets) => {
  const sessions = new Map<string, Session>();
  const existing = (id: string): Session => {
    const session = sessions.get(id);
    if (!session) throw refusal(404, 'notFound', 'The upload session is unknown.');
    return session;
  };

  return {
    /** Answers the id of a session. */
    begin: (bucket: string, fields: ObjectFields, conditions: Preconditions): string => {
      buckets.bucket(bucket);
      const id = randomUUID();
      sessions.set(id, { bucket, fields, conditions, received: Buffer.alloc(0) });
      return id;
    },
    /** A chunk, or with `bytes * /n` the question how far it is: the object, or the number of bytes so far. */
    proceed: (id: string, body: Buffer, contentRange: string | undefined): Version | number => {
      const session = existing(id);
      const [, first, last, total] = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(contentRange ?? '') ?? [];
      const at = Number(first ?? session.received.length);
      if (at > session.received.length) throw invalid('The chunk does not follow the bytes received so far.');
      const received = Buffer.concat([session.received.subarray(0, at), body]);
      // Without a range, or with one that ends in a star, the request's own end is that of the object.
      const open = contentRange === undefined || (last === '*' && total === '*');
      const end = open ? received.length : Number(total);
      if (received.length > end) throw invalid('More bytes than announced.');
      if (received.length !== end && body.length % QUANTUM !== 0)
        throw invalid('Chunks other than the last are multiples of 256 KiB.');
      session.received = received;
      if (received.length !== end) return received.length;
      const stored = buckets.insert(session.bucket, session.fields, received, session.conditions);
      sessions.delete(id);
      return stored;
    },
    cancel: (id: string): void => {
      existing(id);
      sessions.delete(id);
    },
    /** Sessions that are neither complete nor cancelled. */
    open: () => sessions.size,
  };
};
export type Uploads = ReturnType<typeof uploadsInto>;

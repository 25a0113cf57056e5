import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { outbox } from '../../../src/adapters/email/outbox.js';
import { smtpEmail } from '../../../src/adapters/email/smtp.js';
import { memoryEmail } from '../../../src/adapters/memory/shared/memory-email.js';
import type { EmailMessage } from '../../../src/ports/shared/email.js';
import { smtpSink } from '../../support/smtp-sink.js';
import { emailContract } from './email.contract.js';

const endings: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(endings.map((end) => end())));

emailContract('memory', async () => {
  const email = memoryEmail();
  return { email, found: async () => email.sent() };
});

const directory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'tollhouse-outbox-'));
  endings.push(() => rm(path, { recursive: true }));
  return path;
};

emailContract('outbox', async () => {
  const email = outbox(join(await directory(), 'outbox'));
  return { email, found: email.newest };
});

const decodeWords = (text: string): string =>
  text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?(B|Q)\?([^?]*)\?=/gi, (_all, kind: string, body: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(body, 'base64').toString()
        : decodeQuoted(body.replaceAll('_', ' ')),
    );

const decodeQuoted = (text: string): string =>
  Buffer.from(
    text
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString();

/** A raw message as its receiver reads it (RFC 5322, quoted-printable or base64 bodies). */
const read = (raw: string): EmailMessage => {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const header = (name: string) =>
    new RegExp(`^${name}: ((?:.|\\r\\n[ \\t])*)`, 'im').exec(head)?.[1]?.replaceAll(/\r\n[ \t]/g, ' ') ?? '';
  const body = rest.join('\r\n\r\n').replaceAll(/^\.\./gm, '.');
  const encoding = header('Content-Transfer-Encoding').toLowerCase();
  const text =
    encoding === 'base64'
      ? Buffer.from(body, 'base64').toString()
      : encoding === 'quoted-printable'
        ? decodeQuoted(body)
        : body;
  return {
    id: /<([^@]+)@/.exec(header('Message-ID'))?.[1] ?? '',
    to: header('To'),
    subject: decodeWords(header('Subject')),
    text: `${text.replaceAll('\r\n', '\n').replace(/\n*$/, '')}\n`,
  };
};

emailContract('SMTP', async () => {
  const sink = await smtpSink();
  endings.push(sink.close);
  const email = smtpEmail({ url: sink.url, from: 'Tollhouse <noreply@example.com>' });
  return { email, found: async () => sink.letters.map(({ raw }) => read(raw)) };
});

describe('what is particular to each', () => {
  it('says that the mail server is unavailable, and never throws', async () => {
    const email = smtpEmail({ url: 'smtp://127.0.0.1:1', from: 'a@example.com' });
    const sent = await email.send({ id: 'x', to: 'b@example.com', subject: 's', text: 't' });
    expect(sent._unsafeUnwrapErr()).toMatchObject({ kind: 'unavailable', dependency: 'smtp' });
  });

  it('keeps letters for their owner’s eyes, newest first', async () => {
    const path = join(await directory(), 'outbox');
    const email = outbox(path);
    for (const id of ['01', '03', '02'])
      expect((await email.send({ id, to: 'a@example.com', subject: id, text: 't' })).isOk()).toBe(true);
    expect((await email.newest()).map(({ id }) => id)).toEqual(['03', '02', '01']);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect((await stat(join(path, '01.json'))).mode & 0o777).toBe(0o600);
  });
});

import type { Context } from 'koa';
import type { Visit } from '../../../domain/shared/principal.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { Failure } from '../kit/dialect.js';
import { sendBytes } from '../kit/download.js';
import { writeRefusal } from '../kit/send.js';
import type { SendOptions } from '../kit/send-options.js';
import { dialect, wordsOf } from './errors.js';
import type { S3Reply } from './reply.js';

/** Writes what an operation answered, or says why it cannot. */
export const send = async (
  ctx: Context,
  reply: S3Reply,
  options: SendOptions,
): Promise<Unavailable | undefined> => {
  switch (reply.kind) {
    case 'xml':
      ctx.status = 200;
      ctx.set({ ...reply.headers, 'Content-Type': 'application/xml' });
      ctx.body = reply.body;
      return undefined;
    case 'empty':
      // Without a body of its own, what a HEAD tells of the object's stands.
      if (ctx.method !== 'HEAD') ctx.body = null;
      ctx.status = reply.status;
      ctx.set(reply.headers);
      return undefined;
    case 'object':
      return sendBytes(ctx, reply.outgoing, options);
  }
};

/** What the code alone does not say (RFC 9110 sections 10.2.3 and 14.4). */
const hints = (status: number, failure: Failure): Readonly<Record<string, string>> => {
  if ('retryAfterSeconds' in failure) return { 'Retry-After': String(failure.retryAfterSeconds) };
  if (status === 503) return { 'Retry-After': '1' };
  if (status === 416 && 'size' in failure) return { 'Content-Range': `bytes */${failure.size}` };
  return {};
};

const causeOf = ({ dependency, cause }: Unavailable): string =>
  `${dependency} is unavailable: ${cause instanceof Error ? cause.message : String(cause)}`;

/** Answers a failure in S3's words; what a dependency said stays in the log. */
export const refuse = (
  ctx: Context,
  failure: Failure,
  { operationId, report }: Pick<SendOptions, 'operationId' | 'report'>,
): void => {
  const { status } = wordsOf(failure);
  if (failure.kind === 'unavailable') report(`${operationId}: ${causeOf(failure as Unavailable)}`);
  ctx.set(hints(status, failure));
  writeRefusal(ctx, dialect, status, failure, (ctx.state['visit'] as Visit).requestId);
};

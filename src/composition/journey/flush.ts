import type { IncomingMessage } from 'node:http';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { type ApiFailure, type Client, nothing, unreachable } from './client.js';
import type { Stay } from './stay.js';

const FLUSHED = /^event: flush$/m;
const PATIENCE_MS = 120_000;

const told = async (stream: IncomingMessage): Promise<boolean> => {
  const late = setTimeout(() => stream.destroy(), PATIENCE_MS);
  let heard = '';
  try {
    for await (const chunk of stream) {
      heard += chunk;
      if (FLUSHED.test(heard)) return true;
    }
    return false;
  } finally {
    clearTimeout(late);
    stream.destroy();
  }
};

/** Has all that was written sent to the bucket, and waits for the event that tells so. */
export const flush = (client: Client, stay: Stay, id: string): ResultAsync<void, ApiFailure> => {
  const call = { as: stay.key, params: { file_system_id: id } };
  return client.call('streamFileSystemEvents', call).andThen((stream) =>
    client
      .call('flushFileSystem', call)
      .andThen(nothing)
      .andThen(() => ResultAsync.fromPromise(told(stream), unreachable))
      .andThen((flushed) =>
        flushed
          ? okAsync(undefined)
          : errAsync({ kind: 'unexpected_reply' as const, reason: 'the events ended before the flush did' }),
      ),
  );
};

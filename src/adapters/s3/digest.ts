import { createHash } from 'node:crypto';
import type { S3 } from '@aws-sdk/client-s3';

/** Adds what servers older than the other checksums insist on where a request names many keys. */
export const digestDeletions = (s3: S3): void =>
  s3.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName !== 'DeleteObjectsCommand') return next(args);
        const { body, headers } = args.request as { body: string; headers: Record<string, string> };
        headers['content-md5'] = createHash('md5').update(body).digest('base64');
        return next(args);
      },
    { step: 'build', name: 'digestDeletions', priority: 'low' },
  );

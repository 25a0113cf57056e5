import type { S3 } from '@aws-sdk/client-s3';
import { type Instant, instant } from '../../domain/shared/time.js';

type Answered = { readonly $metadata: { readonly date?: string } };

/** Keeps of every answer when the store gave it: to a put it says that nowhere else. */
export const tellDates = (s3: S3): void =>
  s3.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { readonly headers: Readonly<Record<string, string>> };
      Object.assign(result.output?.$metadata ?? {}, { date: headers['date'] });
      return result;
    },
    { step: 'deserialize', name: 'tellDates', priority: 'high' },
  );

/** By the store's own clock; undefined where it does not say. */
export const answeredAt = (answer: object): Instant | undefined => {
  const { date = '' } = (answer as Answered).$metadata;
  const at = Date.parse(date);
  return Number.isNaN(at) ? undefined : instant(at);
};

import type { ListObjectsV2CommandOutput, S3 } from '@aws-sdk/client-s3';
import type { HttpResponse } from '@smithy/protocol-http';
import { ANSWER_MS, parsable, wholeOf } from './answers.js';
import { type ListingPage, listingPage } from './listing-page.js';

type Answer = HttpResponse & { page?: ListingPage | undefined };

const NOTHING = new Uint8Array();

/** Reads pages of listings before the SDK does, and leaves to it what is not as plain as usual. */
export const readListings = (s3: S3, answerMs = ANSWER_MS): void => {
  s3.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const answer = result.response as Answer;
        const isGranted = answer.statusCode >= 200 && answer.statusCode < 300;
        if (commandName !== 'ListObjectsV2Command' || !isGranted) return result;
        const document = await wholeOf(answer.body, answerMs);
        answer.page = listingPage(document.toString());
        answer.body = answer.page ? NOTHING : parsable(document);
        return result;
      },
    { step: 'deserialize', name: 'readListings', priority: 'low' },
  );
  s3.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { page } = result.response as Answer;
      Object.assign(result.output as ListObjectsV2CommandOutput, page);
      return result;
    },
    { step: 'deserialize', name: 'tellListings', priority: 'high' },
  );
};

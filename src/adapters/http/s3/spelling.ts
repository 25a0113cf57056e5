import { err, ok, type Result } from 'neverthrow';
import { failure, type S3Failure } from './errors.js';
import { encodedPath, parameter, type Query } from './target.js';

/** How an answer spells keys. */
export type Spelling = (key: string) => string;

/** As the client asked for: as they are, or encoded, since XML cannot carry every character. */
export const spelling = (query: Query): Result<Spelling, S3Failure> => {
  const encoding = parameter(query, 'encoding-type') ?? '';
  if (encoding === '') return ok((key) => key);
  return encoding === 'url'
    ? ok(encodedPath)
    : err(failure('invalid_argument', 'encoding-type must be url.'));
};

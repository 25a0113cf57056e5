import * as z from 'zod';
import type { Expectation } from '../../../application/storage/verified.js';
import type { ChecksumAlgorithm } from '../../../ports/shared/checksums.js';

type Names = Readonly<Record<string, ChecksumAlgorithm>>;
type Claim = { readonly algorithm: ChecksumAlgorithm; readonly sum: string };

const BYTES = { md5: 16, sha1: 20, sha256: 32, crc32: 4, crc32c: 4 } as const satisfies Record<
  ChecksumAlgorithm,
  number
>;

/** In the one spelling that base64 has for so many bytes: what is compared as text must not have two. */
const claimOf = (algorithm: ChecksumAlgorithm, sum: string): Claim | undefined => {
  const bytes = Buffer.from(sum, 'base64');
  return bytes.length === BYTES[algorithm] && bytes.toString('base64') === sum
    ? { algorithm, sum }
    : undefined;
};

/** As RFC 9530 registers them, those of them that are checked here. */
const REGISTERED: Names = {
  'sha-256': 'sha256',
  sha: 'sha1',
  md5: 'md5',
  crc32c: 'crc32c',
};
const OF_GOOGLE: Names = { md5: 'md5', crc32c: 'crc32c' };

/** Undefined: not what the header may hold. Algorithms that are not known are left alone, unless all are such. */
type Reading = (text: string) => readonly Claim[] | undefined;

/** `null`: an algorithm that is not checked here. */
const memberOf = (form: RegExp, known: Names, part: string): Claim | null | undefined => {
  const [, name, sum] = form.exec(part.trim()) ?? [];
  if (name === undefined || sum === undefined) return undefined;
  const algorithm = Object.hasOwn(known, name) ? known[name] : undefined;
  return algorithm === undefined ? null : claimOf(algorithm, sum);
};

const list =
  (form: RegExp, known: Names): Reading =>
  (text) => {
    const members = text.split(',').map((part) => memberOf(form, known, part));
    if (members.includes(undefined)) return undefined;
    const claims = members.filter((claim) => claim !== null && claim !== undefined);
    return claims.length > 0 ? claims : undefined;
  };

const single =
  (algorithm: ChecksumAlgorithm): Reading =>
  (text) => {
    const claim = claimOf(algorithm, text.trim());
    return claim && [claim];
  };

const header = (read: Reading, form: string) =>
  z
    .string()
    .transform((text, context): readonly Claim[] => {
      const claims = read(text);
      if (claims !== undefined) return claims;
      context.addIssue({ code: 'custom', message: `must be ${form}` });
      return z.NEVER;
    })
    .optional();

const digest = () =>
  header(
    list(/^([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]+):$/, REGISTERED),
    `a list like sha-256=:base64:, with one of ${Object.keys(REGISTERED).join(', ')}`,
  );
const amz = (algorithm: ChecksumAlgorithm) => header(single(algorithm), `a ${algorithm} in base64`);

/** Headers that say what a body comes to: those of RFC 9530, and those that clients of S3 and of Google send. */
export const CHECKSUM_HEADERS = {
  'content-digest': digest(),
  'repr-digest': digest(),
  'x-amz-checksum-crc32': amz('crc32'),
  'x-amz-checksum-crc32c': amz('crc32c'),
  'x-amz-checksum-sha1': amz('sha1'),
  'x-amz-checksum-sha256': amz('sha256'),
  'x-goog-hash': header(
    list(/^([a-z0-9]+)=([A-Za-z0-9+/=]+)$/, OF_GOOGLE),
    'a list like crc32c=base64, with crc32c or md5',
  ),
} as const;

const NAMES = Object.keys(CHECKSUM_HEADERS) as (keyof typeof CHECKSUM_HEADERS)[];

/** All that these headers say; a body has to hold to each. */
export const checksumsOf = (
  headers: Readonly<Partial<Record<keyof typeof CHECKSUM_HEADERS, readonly Claim[] | undefined>>>,
): readonly Expectation[] =>
  NAMES.flatMap((field) =>
    (headers[field] ?? []).map(({ algorithm, sum }) => ({ field, algorithm, expected: () => sum })),
  );

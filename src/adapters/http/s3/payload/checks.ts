import { err, ok, type Result } from 'neverthrow';
import type { Expectation } from '../../../../application/storage/verified.js';
import { failure, type S3Failure } from '../errors.js';
import type { Payload } from './mode.js';

/** All that a body is held to. */
export type Checks = {
  readonly expectations: readonly Expectation[];
  /** Names of the trailers that were announced. */
  readonly trailers: ReadonlySet<string>;
  /** What its crc64nvme must be: a checksum that only clients of S3 know. */
  readonly crc64: (() => string | undefined) | undefined;
};
type Said = {
  readonly header: (name: string) => string | undefined;
  readonly names: readonly string[];
  readonly payload: Payload;
};

const PREFIX = 'x-amz-checksum-';
const ALGORITHMS = ['crc32', 'crc32c', 'sha1', 'sha256'] as const;
const CRC64 = 'crc64nvme';
/** Names that begin alike and are no checksums. */
const BESIDE = ['algorithm', 'mode', 'type'];
const KNOWN: readonly string[] = [...ALGORITHMS, CRC64, ...BESIDE];
const MD5 = /^[A-Za-z0-9+/]{22}==$/;

const unknownOf = (names: readonly string[]): S3Failure | undefined => {
  const unknown = names
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length))
    .find((name) => !KNOWN.includes(name));
  return unknown === undefined ? undefined : failure('not_implemented', `Checksum ${unknown}.`);
};

const trailersOf = ({ header, payload }: Said): ReadonlySet<string> => {
  if (payload.kind !== 'chunks' || !payload.trailers) return new Set();
  const names = (header('x-amz-trailer') ?? '').split(',').map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== ''));
};

const signedHash = ({ payload }: Said): readonly Expectation[] => {
  if (payload.kind !== 'whole') return [];
  const expected = Buffer.from(payload.sha256, 'hex').toString('base64');
  return [{ algorithm: 'sha256', expected: () => expected, field: 'x-amz-content-sha256' }];
};

const md5Of = ({ header }: Said): Result<readonly Expectation[], S3Failure> => {
  const md5 = header('content-md5');
  if (md5 === undefined) return ok([]);
  return MD5.test(md5)
    ? ok([{ algorithm: 'md5', expected: () => md5, field: 'content-md5' }])
    : err(failure('invalid_digest'));
};

/** Headers, trailers, and the hash that was signed; `arrived` fills while the body comes. */
export const checksOf = (said: Said, arrived: ReadonlyMap<string, string>): Result<Checks, S3Failure> => {
  const trailers = trailersOf(said);
  const unknown = unknownOf([...said.names, ...trailers]);
  if (unknown) return err(unknown);
  // An announced trailer that does not come is none that holds.
  const claim = (field: string): (() => string) | undefined => {
    const inHeader = said.header(field);
    if (inHeader !== undefined) return () => inHeader;
    return trailers.has(field) ? () => arrived.get(field) ?? '' : undefined;
  };
  const claimed = ALGORITHMS.flatMap((algorithm): Expectation[] => {
    const field = `${PREFIX}${algorithm}`;
    const expected = claim(field);
    return expected ? [{ algorithm, expected, field }] : [];
  });
  return md5Of(said).map((md5) => ({
    expectations: [...md5, ...claimed, ...signedHash(said)],
    trailers,
    crc64: claim(`${PREFIX}${CRC64}`),
  }));
};

/** The checksums that held, as S3 repeats them. */
export const toldOf = ({ expectations, crc64 }: Checks): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    expectations
      .filter(({ field }) => field.startsWith(PREFIX))
      .map(({ field, expected }) => [field, expected() ?? '']),
  ),
  ...(crc64 && { [`${PREFIX}${CRC64}`]: crc64() ?? '' }),
});

const MASK = '[secret]';
/** Shorter lines are found in any text. */
const MIN_LINE = 8;
const MAX_LENGTH = 300;

/** What can be read of something that was thrown. */
export const textOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : 'no answer';

/** Text of a stranger's, short, and without the secret, whole or by the line. */
export const scrubbed = (text: string, secret: string): string =>
  [secret, ...secret.split(/\r?\n/).filter((line) => line.length >= MIN_LINE)]
    .reduce((cleaned, piece) => cleaned.replaceAll(piece, MASK), text)
    .slice(0, MAX_LENGTH);

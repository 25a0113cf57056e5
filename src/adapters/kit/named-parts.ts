import { err, ok, type Result } from 'neverthrow';
import type { InvalidPart } from '../../ports/storage/multipart.js';

const MAX_NUMBER = 10_000;

/** Why a part cannot complete an upload. */
export const invalidPart = (number: number, reason: string): InvalidPart => ({
  kind: 'invalid_part',
  number,
  reason,
});

/** What the list of parts that completes an upload says for itself, before any of them is looked for. */
export const inOrder = (parts: readonly { readonly number: number }[]): Result<void, InvalidPart> => {
  if (parts.length === 0) return err(invalidPart(1, 'an object has at least one part'));
  let before = 0;
  for (const { number } of parts) {
    if (!Number.isInteger(number) || number < 1 || number > MAX_NUMBER)
      return err(invalidPart(number, `parts have whole numbers from 1 to ${MAX_NUMBER}`));
    if (number <= before) return err(invalidPart(number, 'parts come in ascending order, each once'));
    before = number;
  }
  return ok(undefined);
};

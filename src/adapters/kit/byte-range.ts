import { err, ok, type Result } from 'neverthrow';
import type { ByteRange, RangeUnsatisfiable } from '../../ports/storage/object-store.js';

/** Inclusive positions; of an empty object `to` is -1. */
export type Span = { readonly from: number; readonly to: number };

/** RFC 9110 section 14.1.2; a suffix of an empty object is refused, since no Content-Range could describe it. */
export const spanOf = (range: ByteRange | undefined, size: number): Result<Span, RangeUnsatisfiable> => {
  const end = size - 1;
  if (range === undefined) return ok({ from: 0, to: end });
  const span =
    'suffix' in range
      ? { from: Math.max(0, size - range.suffix), to: end }
      : { from: range.first, to: Math.min(range.last ?? end, end) };
  return span.from <= span.to ? ok(span) : err({ kind: 'range_unsatisfiable', size });
};

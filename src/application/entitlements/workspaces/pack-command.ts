import { err, ok, type Result } from 'neverthrow';
import { type PackOrder, stretchOf } from '../../../domain/entitlements/pack.js';
import { lifecycleOf } from '../../../domain/entitlements/posture.js';
import { isStorableText, utf8Length } from '../../../domain/shared/text.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { PackSubject, Standing } from '../../../ports/entitlements/workspaces.js';
import type { Digest } from '../../../ports/shared/digest.js';

export type InvalidOrder = {
  readonly kind: 'invalid_order';
  readonly field: 'format' | 'from' | 'to' | 'title' | 'note' | 'notes';
  readonly reason: string;
};

/** What a pack shall hold, as far as its orderer says. Absent: usage as CSV, of the 30 days before now. */
export type PackCommand = {
  readonly format?: 'csv' | 'json' | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  /** Whatever else the command held; at most 16 KiB as JSON. */
  readonly notes?: Readonly<Record<string, unknown>> | undefined;
};

const MOST_NOTES = 16 * 1024;

/** The same values in the same spelling, whatever the order in which their names came. */
const spelled = (value: unknown): string =>
  JSON.stringify(value, (_name, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

const isStorable = (value: unknown): boolean => {
  if (typeof value === 'string') return isStorableText(value);
  return (
    value === null ||
    typeof value !== 'object' ||
    Object.entries(value).every(([name, inner]) => isStorableText(name) && isStorable(inner))
  );
};

/** The whole order that a command comes to at this moment. */
export const orderOf = (
  { format = 'csv', from, to, notes = {} }: PackCommand,
  at: Instant,
): Result<PackOrder, InvalidOrder> => {
  const wrong = (field: InvalidOrder['field'], reason: string) =>
    err<never, InvalidOrder>({ kind: 'invalid_order', field, reason });
  if (utf8Length(spelled(notes)) > MOST_NOTES) return wrong('notes', 'must come to at most 16 KiB');
  if (!isStorable(notes)) return wrong('notes', 'must be text without NUL and lone surrogates');
  const stretch = stretchOf({ from, to }, at);
  if (stretch.to <= stretch.from) return wrong('to', 'must come after from');
  return ok({ format, ...stretch, asked: { from, to }, notes });
};

type Inputs = {
  readonly subject: PackSubject;
  readonly order: PackOrder;
  /** The id of the last use on record. */
  readonly newestUse: string | undefined;
};

/** Of all that a pack is made from, as far as it can be known without making it. */
export const fingerprintOf = (
  { sha256 }: Digest,
  { subject, order, newestUse }: Inputs,
  { subscription, setting }: Standing,
  at: Instant,
): string => {
  const { format, asked, notes } = order;
  return sha256(
    spelled({
      subject,
      order: { format, asked, notes },
      posture: lifecycleOf(subscription, setting, at),
      record: subscription?.version ?? 0,
      set: setting?.changedAt ?? 0,
      newestUse: newestUse ?? null,
    }),
  );
};

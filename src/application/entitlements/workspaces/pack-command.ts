import { err, ok, type Result } from 'neverthrow';
import { allowanceOf } from '../../../domain/entitlements/decide.js';
import type { AccountFacts } from '../../../domain/entitlements/facts.js';
import { type PackOrder, stretchOf } from '../../../domain/entitlements/pack.js';
import { isStorableText, utf8Length } from '../../../domain/shared/text.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { PackSubject, Standing } from '../../../ports/entitlements/workspaces.js';
import type { Digest } from '../../../ports/shared/digest.js';
import { toldAllowance } from '../told.js';

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
  readonly standing: Standing;
  /** Of all features, with what the operator's settings say. */
  readonly facts: AccountFacts;
};

/** What the account may have, and by whose word; not what it has of it, which changes with every pack. */
const grantedIn = ({ plan, period, features }: AccountFacts) => ({
  plan: plan ?? null,
  period: period ?? null,
  features: [...features.values()].map((facts) => {
    const granted = allowanceOf(facts);
    const { key, name, kind } = facts.feature;
    return {
      key,
      name,
      kind,
      source: granted?.source ?? null,
      ...(granted && toldAllowance(granted.allowance)),
    };
  }),
});

/** Of all that a pack is made from, as far as it can be known without making it. */
export const fingerprintOf = (
  { sha256 }: Digest,
  { subject, order, newestUse, standing, facts }: Inputs,
): string => {
  const { format, asked, notes } = order;
  return sha256(
    spelled({
      subject,
      order: { format, asked, notes },
      posture: facts.lifecycle,
      record: standing.subscription?.version ?? 0,
      set: standing.setting?.version ?? 0,
      granted: grantedIn(facts),
      newestUse: newestUse ?? null,
    }),
  );
};

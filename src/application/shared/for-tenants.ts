import type { AuditRecord } from '../../ports/shared/audit-trail.js';

type Told = Readonly<Record<string, unknown>>;

/** What operators write down for one another, as what is told of their changes calls it. */
const NOTES: readonly string[] = ['status_reason', 'billing_reference', 'reason'];

const isTold = (value: unknown): value is Told =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same without what operators wrote for one another. */
export const withoutNotes = (told: unknown): unknown =>
  isTold(told) ? Object.fromEntries(Object.entries(told).filter(([name]) => !NOTES.includes(name))) : told;

/** An entry as those see it whom the account belongs to: that the platform did something, and what; not who, or why. */
export const forTenants = (entry: AuditRecord): AuditRecord => {
  if (entry.actor.kind !== 'platform_admin') return entry;
  const { network: _network, data, ...rest } = entry;
  return {
    ...rest,
    actor: { kind: entry.actor.kind },
    data: data && Object.fromEntries(Object.entries(data).map(([name, told]) => [name, withoutNotes(told)])),
  };
};

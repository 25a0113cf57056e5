import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';

/** What one client does once; `via` is the process it asks. */
export type Deed =
  | { readonly kind: 'put'; readonly bucket: string; readonly key: string; readonly n: number; via: number }
  | { readonly kind: 'erase'; readonly bucket: string; readonly key: string; via: number }
  | { readonly kind: 'create'; readonly bucket: string; via: number }
  | { readonly kind: 'drop'; readonly bucket: string; via: number }
  | { readonly kind: 'join'; readonly guest: number; readonly role: string; via: number }
  | { readonly kind: 'change'; readonly guest: number; readonly role: string; via: number }
  | { readonly kind: 'leave'; readonly guest: number; via: number };

export const GUESTS = 4;
const bucket = fc.constantFrom('bucket-one', 'bucket-two', 'bucket-three');
const key = fc.constantFrom('a', 'b', 'folder/c', 'folder/d');
const guest = fc.nat({ max: GUESTS - 1 });
const role = fc.constantFrom('owner', 'admin', 'member');
const via = fc.nat({ max: 1 });
const n = fc.nat({ max: 1_000_000 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('put' as const), bucket, key, n, via }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('erase' as const), bucket, key, via }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('create' as const), bucket, via }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), bucket, via }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('join' as const), guest, role, via }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('change' as const), guest, role, via }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), guest, via }) },
);

/** Rounds of deeds: those of one round happen at the same moment, the next round when all are answered. */
export const history: fc.Arbitrary<readonly (readonly Deed[])[]> = fc
  .array(fc.array(deed, { minLength: 4, maxLength: 14 }), { minLength: 5, maxLength: 8, size: 'max' })
  .map((rounds) => [
    ['bucket-one', 'bucket-two'].map((name, i): Deed => ({ kind: 'create', bucket: name, via: i })),
    ...rounds,
  ]);

/** What the n-th content is; its length too says which it is. */
export const contentOf = (count: number): Buffer => Buffer.alloc(count % 300_000, `content ${count} `);
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What was answered to a deed; undefined when there was nothing to ask for. */
export type Answered = { readonly deed: Deed; readonly status: number; readonly id?: string | undefined };

/** Key → sha256 of each living bucket, role of each member: what the deployment must show. */
export type Model = {
  readonly buckets: Map<string, { readonly id: string; readonly objects: Map<string, string> }>;
  /** Names that a bucket on its way out may still hold. */
  readonly fading: Set<string>;
  readonly members: Map<number, { readonly id: string; readonly role: string }>;
};
export const newModel = (): Model => ({ buckets: new Map(), fading: new Set(), members: new Map() });

/** What may be seen of each thing after a round. Undefined stands for "is not there". */
export type Possible = {
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string | undefined>>>;
  readonly members: ReadonlyMap<number, ReadonlySet<string | undefined>>;
};

type Of<K extends Deed['kind']> = Answered & { readonly deed: Extract<Deed, { kind: K }> };
const ofKind = <K extends Deed['kind']>(answered: readonly Answered[], ...kinds: readonly K[]) =>
  answered.filter((one): one is Of<K> => (kinds as readonly string[]).includes(one.deed.kind));

const statuses = (answered: readonly Answered[]): readonly number[] => answered.map(({ status }) => status);

/** Creations and deletions of one name: moves the model on and judges the answers. */
const judgeBucket = (model: Model, name: string, answered: readonly Answered[]): void => {
  const creates = ofKind(answered, 'create').filter((one) => one.deed.bucket === name);
  const drops = ofKind(answered, 'drop').filter((one) => one.deed.bucket === name);
  const before = model.buckets.get(name);
  const made = creates.filter(({ status }) => status === 201);
  const about = `${name} ${JSON.stringify({ creates, drops })}`;
  for (const status of statuses(creates)) expect([201, 409], about).toContain(status);
  if (before && drops.length > 0) {
    expect(statuses(drops), about).toContain(204);
    for (const status of statuses(drops)) expect([204, 404], about).toContain(status);
    model.buckets.delete(name);
    model.fading.add(name);
  } else if (before) expect(made, about).toEqual([]);
  if (creates.length > 0 && !before && !model.fading.has(name)) expect(made, about).toHaveLength(1);
  expect(made.length, about).toBeLessThanOrEqual(1);
  const [{ id } = {}] = made;
  if (id !== undefined) model.buckets.set(name, { id, objects: new Map() });
};

/** Writers of one key: alone it is exact, together the last one wins, whichever that was. */
const judgeObjects = (model: Model, before: Model['buckets'], answered: readonly Answered[]) => {
  const possible = new Map<string, Map<string, ReadonlySet<string | undefined>>>();
  for (const [name, { id, objects }] of model.buckets) {
    const kept = new Map([...objects].map(([key, digest]) => [key, new Set<string | undefined>([digest])]));
    const writes = ofKind(answered, 'put', 'erase').filter(({ deed }) => deed.bucket === name);
    if (before.get(name)?.id === id)
      for (const { deed, status } of writes) {
        expect(status, JSON.stringify(deed)).toBe(204);
        const others = writes.filter((write) => write.deed.key === deed.key);
        const leaves = ({ deed: by }: (typeof writes)[number]) =>
          by.kind === 'put' ? digestOf(contentOf(by.n)) : undefined;
        kept.set(deed.key, new Set(others.map(leaves)));
      }
    possible.set(name, kept);
  }
  return possible;
};

type Rule = { readonly may: readonly number[]; readonly left: ReadonlySet<string | undefined> };

/** What the deeds about one guest may be answered, and where they leave them. */
const ruleFor = (role: string | undefined, about: readonly Of<'join' | 'change' | 'leave'>[]): Rule => {
  const [only] = about;
  if (about.length === 1 && only?.deed.kind === 'join')
    return role === undefined
      ? { may: [201], left: new Set([only.deed.role]) }
      : { may: [409], left: new Set([role]) };
  if (about.length === 1 && only?.deed.kind === 'change')
    return { may: [200], left: new Set([only.deed.role]) };
  if (about.length === 1) return { may: [204], left: new Set([undefined]) };
  const rolesOf = (kind: string) =>
    about.flatMap(({ deed }) => (deed.kind === kind && deed.kind !== 'leave' ? [deed.role] : []));
  const leaves = about.some(({ deed }) => deed.kind === 'leave');
  const [joined, changed] = [rolesOf('join'), rolesOf('change')];
  const may = [200, 201, 204, 404, 409];
  if (role === undefined) return { may: [201, 409], left: new Set(joined) };
  if (leaves) return { may, left: new Set([undefined, ...joined]) };
  return { may: [200, 409], left: new Set(changed.length > 0 ? changed : [role]) };
};

const judgeMembers = ({ members }: Model, answered: readonly Answered[]) => {
  const possible = new Map<number, ReadonlySet<string | undefined>>();
  for (let one = 0; one < GUESTS; one += 1) {
    const role = members.get(one)?.role;
    const about = ofKind(answered, 'join', 'change', 'leave').filter(({ deed: { guest } }) => guest === one);
    const { may, left } = about.length === 0 ? { may: [], left: new Set([role]) } : ruleFor(role, about);
    for (const { deed, status } of about) expect(may, JSON.stringify(deed)).toContain(status);
    if (role === undefined && about.length > 0)
      expect(statuses(about).filter((status) => status === 201)).toHaveLength(1);
    possible.set(one, left);
  }
  return possible;
};

/** Judges what a round was answered and tells what may be seen after it. */
export const judge = (model: Model, answered: readonly Answered[]): Possible => {
  const before = new Map(model.buckets);
  for (const name of new Set(ofKind(answered, 'create', 'drop').map(({ deed }) => deed.bucket)))
    judgeBucket(model, name, answered);
  return {
    objects: judgeObjects(model, before, answered),
    members: judgeMembers(model, answered),
  };
};

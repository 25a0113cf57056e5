import { ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import {
  type WorkspacesDeps,
  workspaces,
} from '../../../../../src/application/entitlements/workspaces/index.js';
import { MINUTE } from '../../../../../src/domain/shared/time.js';
import { type Stage, stage, value } from './stage.js';

type Doom = { readonly call: number; readonly when: 'before' | 'after' };
const DEATH = new Error('the process died');
const MORTAL = ['workspaces', 'readers', 'usage', 'auditTrail', 'shelf', 'entitlements'] as const;

/** Ports of a process that ends at one of their calls: before it takes effect, or when nobody hears that it did. */
const dying = (deps: WorkspacesDeps, doom: Doom | undefined) => {
  const calls: string[] = [];
  const mortal = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get: (_port, property) => {
        const inner: unknown = Reflect.get(port, property);
        const path = `${name}.${String(property)}`;
        if (typeof inner === 'object' && inner !== null) return mortal(path, inner);
        if (typeof inner !== 'function' || typeof property === 'symbol') return inner;
        return (...given: unknown[]) => {
          calls.push(path);
          const fated = calls.length === doom?.call;
          if (fated && doom?.when === 'before') throw DEATH;
          const within = (one: unknown) =>
            typeof one === 'function' ? (tx: object) => one(mortal(`${name} tx`, tx)) : one;
          const done: unknown = inner.apply(port, given.map(within));
          if (!fated) return done;
          if (!(done instanceof ResultAsync)) throw DEATH;
          const unheard = async (): Promise<never> => {
            await Promise.allSettled([done]);
            throw DEATH;
          };
          return new ResultAsync(unheard());
        };
      },
    });
  const wrapped = Object.fromEntries(MORTAL.map((name) => [name, mortal(name, deps[name])]));
  return { deps: { ...deps, ...wrapped } as WorkspacesDeps, calls };
};

/** Answers once the promise of a process that may have died is settled. */
const survived = async (work: () => unknown): Promise<boolean> => {
  try {
    await work();
    return true;
  } catch (thrown) {
    if (thrown !== DEATH) throw thrown;
    return false;
  }
};

/** A pack is there with its run and its job, or none of them is; it comes to one end, of which one event tells. */
const sound = async (s: Stage): Promise<void> => {
  const [packs, runs] = [
    await s.rows<{ id: string; status: string; version: number }>('review_packs'),
    await s.rows<{ packId: string; status: string }>('operation_runs'),
  ];
  expect(runs.map(({ packId }) => packId)).toEqual(packs.map(({ id }) => id));
  const events = (await s.events()).filter(({ type }) => type.startsWith('review_pack'));
  for (const { id, version, status } of packs) {
    const told = events.filter(({ stream }) => stream === id);
    expect(told.map(({ seq }) => seq)).toEqual(Array.from({ length: version }, (_, at) => at + 1));
    expect(told.at(-1)?.type).toBe(`review_pack.${status}`);
  }
};

const trial = async (doom: Doom | undefined) => {
  const s = stage();
  const { member } = await s.workspace();
  const mortal = dying(s.deps, doom);
  const app = workspaces(mortal.deps);
  const asked = await survived(() => app.generateReviewPack({}, member()));
  await sound(s);
  const [job] = asked ? await s.claimed() : [];
  const done = job !== undefined && (await survived(() => app.jobs[job.kind]?.(job)));
  await sound(s);
  // Another process, when the lease of the dead one has run out; its client asks again.
  s.clock.advance(2 * MINUTE);
  const again = await value(s.app.generateReviewPack({}, member()));
  await s.drain();
  await sound(s);
  expect(await value(s.app.getPack(again.pack.number, member()))).toMatchObject({
    pack: { status: 'ready' },
  });
  expect((await value(s.app.listPacks(member(), { size: 5 }))).items).toHaveLength(1);
  expect([...s.shelf.kept.keys()]).toEqual([again.pack.file?.key ?? `pack-${again.pack.number}.zip`]);
  expect(await s.rows('jobs')).toEqual([]);
  return { dead: !(asked && done), calls: mortal.calls };
};

describe('a process that dies at any call of a port while a pack is ordered or written', () => {
  it('leaves one pack, which the next process brings to its end', async () => {
    const { calls, dead } = await trial(undefined);
    expect(dead).toBe(false);
    expect(calls).toEqual(
      expect.arrayContaining([
        'workspaces tx.packs.add',
        'workspaces tx.events.append',
        'workspaces tx.packs.save',
        'shelf.put',
        'auditTrail.within',
      ]),
    );
    expect(calls.length).toBeGreaterThanOrEqual(25);
    for (const [index] of calls.entries())
      for (const when of ['before', 'after'] as const) {
        const doom = { call: index + 1, when };
        expect([doom, (await trial(doom)).dead]).toEqual([doom, true]);
      }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/domain/fleet/decide.js';
import { type FileSystem, STATUSES } from '../../../../src/domain/fleet/file-system.js';
import { isTooMany, orphansAmong } from '../../../../src/domain/fleet/garbage.js';
import type { Gateway } from '../../../../src/domain/fleet/gateway.js';
import { fileSystemPhases, gatewayPhases, lifecycle } from '../../../../src/domain/fleet/lifecycle.js';
import { newFileSystem, newGateway } from '../../../../src/domain/fleet/make.js';
import { isMetered } from '../../../../src/domain/fleet/meter.js';
import { leftOn, reflect } from '../../../../src/domain/fleet/reflect.js';
import { discard, leave, mirrored, remove, wish } from '../../../../src/domain/fleet/wishes.js';
import type { Sight, World } from '../../../../src/domain/fleet/world.js';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { instant, MINUTE, plus } from '../../../../src/domain/shared/time.js';

const START = instant(1_000_000_000);
const IDS = ['a', 'b'];

const fresh = (): { gateway: Gateway; fileSystems: readonly FileSystem[] } => {
  const gateway = newGateway({
    id: 'g',
    accountId: 'account' as AccountId,
    provider: 'local',
    region: 'local',
    type: 'local.standard',
    auto: true,
    at: START,
  });
  const source = { kind: 'bucket', id: 'bucket' } as const;
  const fileSystems = IDS.map((id) => newFileSystem({ id, source, preload: id === 'b', gateway, at: START }));
  return { gateway: { ...gateway, provisionToken: 'token' }, fileSystems };
};

const states = [
  'none',
  'unmade',
  'hidden',
  'missing',
  'gone',
  'starting',
  'running',
  'stopping',
  'stopped',
  'failed',
] as const;
const sightOf = (state: (typeof states)[number]): Sight =>
  state === 'none' || state === 'unmade' || state === 'hidden' || state === 'missing' || state === 'gone'
    ? { state }
    : { state, ref: 'ref', since: START };

/** Any world, whether or not it could be. */
const worlds = fc
  .record({
    state: fc.constantFrom(...states),
    exported: fc.subarray(IDS),
    outdated: fc.subarray(IDS),
    discarded: fc.subarray(IDS),
    healthy: fc.boolean(),
    dirty: fc.array(fc.constantFrom(0, 3, undefined), { minLength: 2, maxLength: 2 }),
    refused: fc.option(fc.constantFrom(...IDS), { freq: 8 }),
    impossible: fc.option(fc.constant('there is no room'), { freq: 10 }),
    later: fc.constantFrom(0, 1_000, 11 * MINUTE),
  })
  .map(
    ({ state, exported, outdated, discarded, healthy, dirty, refused, impossible, later }) =>
      (at: number): World => ({
        at: plus(instant(at), later),
        instance: sightOf(state),
        exports: new Map(
          state === 'running'
            ? exported.map((id) => [
                id,
                { served: { webdav: { url: id, username: id } }, healthy, reason: 'sick' },
              ])
            : [],
        ),
        dirty: new Map(
          IDS.flatMap((id, i) => (dirty[i] === undefined ? [] : [[id, dirty[i] ?? 0] as const])),
        ),
        preloaded: new Set(IDS),
        discarded: new Set(discarded),
        outdated: new Set(outdated.filter((id) => exported.includes(id))),
        refused: new Map(refused === null ? [] : [[refused, 'no way']]),
        ...(impossible !== null && { impossible }),
      }),
  );

const owners = fc.constantFrom('running', 'stopped', 'leave', 'remove', 'discard', 'nothing', 'nothing');

describe('deciding and reflecting', () => {
  it('go on from any world to any other by steps of the tables, twice the same as once', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(worlds, owners, fc.nat(1)), { minLength: 1, maxLength: 25 }), (run) => {
        let rows = fresh();
        let now: number = START;
        for (const [worldAt, owner, which] of run) {
          const world = worldAt(now);
          now = world.at;
          const after = reflect(rows, world);
          expect(reflect({ ...after, fileSystems: leftOn(after) }, world).gateway.status).toBe(
            after.gateway.status,
          );
          for (const { status, phase, reason, id } of after.fileSystems) {
            expect(fileSystemPhases[status], id).toContain(phase);
            if (status === 'failed') expect(reason).toBeTruthy();
          }
          expect(gatewayPhases[after.gateway.status]).toContain(after.gateway.phase);
          if (after.gateway.phase === 'deleted') return;
          rows = { gateway: after.gateway, fileSystems: leftOn(after) };
          const step = decide({ ...rows, world, attempts: 0 });
          const clean = rows.fileSystems.every(({ id }) => !world.exports.has(id));
          const given = rows.fileSystems.filter(({ phase }) => phase === 'discarding').map(({ id }) => id);
          if (given.length > 0) expect(step).toEqual({ kind: 'discard', fileSystems: given });
          if (step.kind === 'discard') expect(given).toEqual(step.fileSystems);
          if (step.kind === 'terminate') expect(rows.fileSystems).toEqual([]);
          if (step.kind === 'stop' && !clean)
            expect(
              rows.fileSystems.filter(({ id }) => world.exports.has(id)).map(({ phase }) => phase),
            ).toEqual(
              expect.not.arrayContaining(['healthy', 'degraded', 'preloading', 'draining', 'failed']),
            );
          const one = rows.fileSystems[which];
          if (one) {
            const at = instant(now);
            const changed =
              owner === 'leave'
                ? leave(one, at)
                : owner === 'remove'
                  ? remove(one, at)
                  : owner === 'discard'
                    ? discard(one, at)
                    : owner === 'nothing' || one.status === 'terminating'
                      ? one
                      : wish(one, owner, rows.gateway, at);
            const all = rows.fileSystems.map((each) => (each === one ? changed : each));
            rows = { fileSystems: all, gateway: mirrored(rows.gateway, all, at) };
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never count an hour that nobody was served', () => {
    fc.assert(
      fc.property(worlds, (worldAt) => {
        const world = worldAt(START);
        for (const one of reflect(fresh(), world).fileSystems)
          expect(isMetered(one)).toBe(one.status === 'running' && world.exports.has(one.id));
      }),
    );
  });
});

describe('the lifecycle', () => {
  it('leads from every status to being deleted, and from every other back to failed', () => {
    for (const status of STATUSES) expect(lifecycle[status].delete, status).toBe('terminating');
    for (const status of STATUSES.filter((each) => each !== 'failed'))
      expect((lifecycle[status] as Record<string, string>)['fail'], status).toBe('failed');
  });
});

describe('garbage', () => {
  it('is old and nobody’s', () => {
    const at = plus(START, 6 * MINUTE);
    const listed = [
      { token: 'old', createdAt: START },
      { token: 'owned', createdAt: START },
      { token: 'young', createdAt: plus(START, 2 * MINUTE) },
    ];
    expect(orphansAmong(listed, new Set(['owned']), at).map(({ token }) => token)).toEqual(['old']);
  });

  it.each([
    [10, 10, false],
    [11, 11, true],
    [11, 54, true],
    [11, 55, false],
    [200, 1_000, false],
    [201, 1_000, true],
  ])('of %i among %i is too much to believe: %s', (orphans, listed, tooMany) => {
    expect(isTooMany(orphans, listed)).toBe(tooMany);
  });
});

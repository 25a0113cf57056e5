import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { type Instant, plus } from '../../../src/domain/shared/time.js';
import type { ClaimedGateway } from '../../../src/ports/fleet/unit-of-work.js';
import { AT, newId } from '../../support/accounts.js';
import { value } from './accounts.rig.js';
import { type FleetRig, fleetOf } from './fleet.rig.js';

const LEASE = 10;
type Row = {
  readonly id: string;
  readonly host: string;
  dueAt: Instant;
  held?: { readonly epoch: number; readonly until: Instant } | undefined;
  wokenAt?: Instant | undefined;
  epoch: number;
  attempts: number;
};
/** Which gateways there are, when they are due, and whose they are: all that reconcilers may rely on. */
type Model = { now: Instant; rows: Row[] };
/** What each reconciler believes it holds; a belief outlives the lease. Each has a host of its own in each run. */
type Real = { rig: FleetRig; account: AccountId; run: string; hands: Map<string, ClaimedGateway[]> };
type Command = fc.AsyncCommand<Model, Real>;

const host = fc.constantFrom('a', 'b');
const due = (row: Row): Instant => row.held?.until ?? row.dueAt;

const add = (where: string, delay: number): Command => ({
  check: () => true,
  toString: () => `a gateway of ${where}, due in ${delay}`,
  run: async (model, real) => {
    const dueAt = plus(model.now, delay);
    const hostId = `${real.run} ${where}`;
    const { id } = await fleetOf(real.rig).gateway(real.account, { hostId }, dueAt);
    model.rows.push({ id, host: where, dueAt, epoch: 0, attempts: 0 });
  },
});

const advance = (ms: number): Command => ({
  check: () => true,
  toString: () => `advance(${ms})`,
  run: async (model) => {
    model.now = plus(model.now, ms);
  },
});

const claim = (who: string, limit: number): Command => ({
  check: () => true,
  toString: () => `${who} claims ${limit}`,
  run: async (model, { rig, run, hands }) => {
    const until = plus(model.now, LEASE);
    const by = { hostId: `${run} ${who}`, providers: ['local'] as const };
    const claimed = await value(rig.leases.claim(by, limit, model.now, until));
    const rows = model.rows
      .filter((row) => row.host === who && due(row) <= model.now)
      .sort((a, b) => due(a) - due(b) || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
    for (const row of rows) {
      row.epoch += 1;
      row.held = { epoch: row.epoch, until };
      row.wokenAt = undefined;
    }
    expect(claimed.map(({ gateway, epoch, attempts }) => [gateway.id, epoch, attempts])).toEqual(
      rows.map(({ id, epoch, attempts }) => [id, epoch, attempts]),
    );
    hands.set(who, [...(hands.get(who) ?? []), ...claimed]);
  },
});

const wake = (which: number, delay: number): Command => ({
  check: ({ rows }) => rows.length > 0,
  toString: () => `somebody wakes ${which} in ${delay}`,
  run: async ({ now, rows }, { rig }) => {
    const row = rows[which % rows.length];
    if (row === undefined) return;
    const at = plus(now, delay);
    await value(rig.fleet.run((tx) => tx.gateways.wake(row.id, at)));
    row.attempts = 0;
    if (row.held !== undefined)
      row.wokenAt = row.wokenAt === undefined || at < row.wokenAt ? at : row.wokenAt;
    else if (at < row.dueAt) row.dueAt = at;
  },
});

const settle = (who: string, which: number, verdict: 'fence' | 'release', attempts: number): Command => ({
  check: () => true,
  toString: () => `${who}: ${verdict} of ${which} after ${attempts} failures`,
  run: async ({ now, rows }, { rig, hands }) => {
    const hand = hands.get(who) ?? [];
    const claimed = hand[which % Math.max(hand.length, 1)];
    if (claimed === undefined) return;
    const { gateway, epoch } = claimed;
    const later = plus(now, 7);
    const answer = await (verdict === 'fence'
      ? rig.fleet.run((tx) => tx.gateways.fence(gateway.id, epoch))
      : rig.leases.release(claimed, later, attempts));
    const row = rows.find(({ id, held }) => id === gateway.id && held?.epoch === epoch);
    expect(answer.isOk()).toBe(row !== undefined);
    if (row === undefined || verdict === 'fence') return;
    row.held = undefined;
    row.dueAt = row.wokenAt !== undefined && row.wokenAt < later ? row.wokenAt : later;
    row.attempts = row.wokenAt === undefined ? attempts : 0;
  },
});

const small = fc.nat(9);
const commands = fc.commands(
  [
    fc.tuple(host, small).map((args) => add(...args)),
    fc.integer({ min: 1, max: 12 }).map(advance),
    fc.tuple(host, fc.integer({ min: 1, max: 3 })).map((args) => claim(...args)),
    fc.tuple(small, small).map((args) => wake(...args)),
    fc
      .tuple(host, small, fc.constantFrom('fence' as const, 'release' as const), fc.nat(5))
      .map((args) => settle(...args)),
  ],
  { maxCommands: 40 },
);

export const gatewayLeasesModel = (name: string, open: () => Promise<FleetRig>, numRuns: number) =>
  describe(`GatewayLeases: ${name}`, () => {
    it('gives no gateway to two reconcilers at once and forgets none, whatever they do', async () => {
      const rig = await open();
      const account = await fleetOf(rig).account();
      await fc.assert(
        fc.asyncProperty(commands, (steps) =>
          fc.asyncModelRun(
            () => ({
              model: { now: AT, rows: [] },
              real: { rig, account, run: newId(), hands: new Map() },
            }),
            steps,
          ),
        ),
        { numRuns },
      );
    });
  });

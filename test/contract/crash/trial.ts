import { expect } from 'vitest';
import { MINUTE } from '../../../src/domain/shared/time.js';
import type { Answer } from '../../support/client.js';
import type { Doom, Outside, Process } from '../../support/crash.js';
import { address } from '../../support/from.js';
import { sound } from './sound.js';

/** One request with all that stands before it, and how its effect is told. */
export type Scene = {
  /** The same request whenever it is sent: same body, same Idempotency-Key. */
  readonly send: (process: Process) => Promise<Answer>;
  /** The status the request is due now. */
  readonly due: () => Promise<number> | number;
  /** At the end: done exactly once, and the last answer tells of it. */
  readonly done: (process: Process, answer: Answer) => Promise<void>;
  /** Right after the death: nothing yet, or all of it. */
  readonly whole?: () => Promise<void>;
};

export type Operation = {
  readonly name: string;
  /** Fewer calls of ports than these, and the wrapping has come off. */
  readonly least: number;
  /** Calls that must be among them. */
  readonly passing: readonly string[];
  readonly prepare: (process: Process, outside: Outside) => Promise<Scene>;
};

const LONGER_THAN_ANY_LEASE = 2 * MINUTE;

let trials = 0;

type Life = { readonly outside: Outside; readonly whence: string; readonly doom?: Doom | undefined };

const live = async <T>({ outside, whence, doom }: Life, work: (process: Process) => Promise<T>) => {
  const process = await outside.start(whence, doom);
  const result = work(process);
  result.catch(() => undefined);
  await Promise.race([result, process.died]);
  const dead = process.isDead();
  await process.end();
  if (!dead) expect(process.complaints).toEqual([]);
  return { dead, calls: process.calls, result: dead ? undefined : await result };
};

/** Who finds what a dead process left: jobs that are due, or the client with the same request. */
export type Next = 'jobs' | 'client';

/**
 * Sends the request to a process that dies where `doom` says; then another process does what jobs are due and
 * gets the same request again, in the order that `next` says.
 */
export const trial = async (
  outside: Outside,
  { prepare }: Operation,
  doom: Doom | undefined,
  next: Next = 'jobs',
) => {
  trials += 1;
  // An address of its own, so that no trial uses up the limits of another.
  const client = { outside, whence: address(trials) };
  const { result: scene } = await live(client, async (process) => {
    const prepared = await prepare(process, outside);
    await process.drain();
    return prepared;
  });
  if (!scene) throw new Error('nothing was prepared');
  const due = await scene.due();
  const life = await live({ ...client, doom }, async (process) => {
    const answer = await scene.send(process);
    if (!process.isDead()) await process.drain();
    return answer;
  });
  if (!life.dead) expect(life.result?.status, life.result?.text).toBe(due);
  await sound(outside);
  await scene.whole?.();

  outside.clock.advance(LONGER_THAN_ANY_LEASE);
  await live(client, async (process) => {
    if (next === 'jobs') await process.drain();
    const dueAgain = await scene.due();
    const answer = await scene.send(process);
    expect(answer.status, answer.text).toBe(dueAgain);
    outside.clock.advance(LONGER_THAN_ANY_LEASE);
    await process.drain();
    await scene.done(process, answer);
    expect(await outside.rows('jobs')).toEqual([]);
  });
  await sound(outside);
  return { dead: life.dead, calls: life.calls };
};

import { ResultAsync } from 'neverthrow';
import { type Billing, type BillingDeps, billing } from '../../../../src/application/billing/index.js';
import { meeting } from './events-stage.js';
import type { Shop } from './shop.js';

/** A process dies at its k-th call of a port: before the call takes effect, or when it has but nobody heard so. */
export type Doom = { readonly call: number; readonly when: 'before' | 'after' };

const DEATH = new Error('the process died');
const SILENCE = new ResultAsync(new Promise<never>(() => undefined));

/** Another process on the same rows and the same processor, that dies where it is fated to. */
export const mortal = ({ deps }: Shop, doom: Doom | undefined) => {
  const calls: string[] = [];
  let dead = false;
  let announce: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const die = () => {
    dead = true;
    announce();
  };
  /** A unit of work that is still open loses its connection; any other call is never answered. */
  const lost = (name: string) => {
    if (name.includes(' tx.')) throw DEATH;
    return SILENCE;
  };
  const meet: Parameters<typeof meeting>[0] = (name, act) => {
    if (dead) return lost(name);
    calls.push(name);
    const fated = calls.length === doom?.call;
    if (fated && doom.when === 'before') {
      die();
      return lost(name);
    }
    if (!fated) return act();
    return act()
      .map(() => {
        die();
        throw DEATH;
      })
      .mapErr(() => {
        die();
        throw DEATH;
      });
  };
  const { catalogue, checkout, subscriptions, invoices, meters, events } = deps.processor;
  const outside = meeting(meet, { catalogue, checkout, subscriptions, invoices, meters }, 'processor');
  const mortals: BillingDeps = {
    ...deps,
    billing: meeting(meet, deps.billing, 'billing'),
    readers: meeting(meet, deps.readers, 'readers'),
    processor: { ...outside, events },
  };
  return { app: billing(mortals), calls, died, isDead: () => dead };
};

/** What is asked of a process, whoever it is; the same again is the same request. */
export type Deed = {
  readonly name: string;
  /** Calls that must be among them. */
  readonly passing: readonly string[];
  readonly prepare: (shop: Shop) => Promise<{
    readonly send: (app: Billing) => ResultAsync<unknown, { readonly kind: string }>;
    /** Once the client was answered and the jobs are done: done exactly once. */
    readonly done: (answers: readonly unknown[]) => Promise<void>;
  }>;
};

/** Lets a process live as long as it may. */
export const live = async (
  process: ReturnType<typeof mortal>,
  send: (app: Billing) => ResultAsync<unknown, unknown>,
): Promise<unknown> => {
  const answer = Promise.resolve(send(process.app));
  answer.catch(() => undefined);
  return Promise.race([answer, process.died]);
};

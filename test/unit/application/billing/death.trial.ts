import { expect } from 'vitest';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import { MINUTE } from '../../../../src/domain/shared/time.js';
import { type Deed, type Doom, live, mortal } from './death.js';
import { kindOf, openShop, type Shop } from './shop.js';

/** Versions are told of one by one, and nothing that was intended is left lying. */
const sound = async (shop: Shop) => {
  for (const { id, version } of [...(await shop.subscriptions()), ...(await shop.customers())])
    expect(await shop.events(id)).toEqual(Array.from({ length: version }, (_, i) => i + 1));
  const [customer] = await shop.customers();
  const left = await shop.deps.billing.run((tx) => tx.intents.pendingOf(PLATFORM, customer?.id ?? ''));
  expect(left._unsafeUnwrap().filter(({ kind }) => kind !== 'checkout')).toEqual([]);
};

const trial = async ({ prepare }: Deed, doom: Doom | undefined) => {
  const shop = await openShop();
  const { send, done } = await prepare(shop);
  const process = mortal(shop, doom);
  await live(process, send);
  await shop.delivered();
  shop.clock.advance(2 * MINUTE);
  const answers: string[] = [];
  // Dying after one call is dying before the next: the jobs go first after the one, the client after the other.
  if (doom?.when === 'after') await shop.work();
  if (doom !== undefined) answers.push(kindOf(await send(shop.app)));
  else answers.push('ok');
  await shop.work();
  await done(answers);
  await sound(shop);
  return process;
};

/** Lets a deed be done by processes that die at every call there is, before it and after. */
export const trials = async (deed: Deed): Promise<void> => {
  const { calls } = await trial(deed, undefined);
  expect(calls).toEqual(expect.arrayContaining([...deed.passing]));
  for (const [index] of calls.entries())
    for (const when of ['before', 'after'] as const) {
      const process = await trial(deed, { call: index + 1, when });
      expect([index, when, process.isDead()]).toEqual([index, when, true]);
      expect(process.calls).toEqual(calls.slice(0, process.calls.length));
    }
};

import { type Prices, payingOf } from '../../contract/http/billing.rig.js';
import { makePlatformAdmin } from '../../contract/http/fleet.rig.js';
import type { TestApp } from '../../support/app.js';
import { clientOf, person, signIn } from '../../support/client.js';

let products = 0;

/** A plan on sale, for so many cents a month. */
export const sold = async (app: TestApp, name: string, cents: bigint): Promise<Prices> => {
  const call = clientOf(app);
  const seller = await person(call);
  await makePlatformAdmin(app, seller);
  const paying = payingOf(app, call);
  products += 1;
  const prices = paying.prices(`prod_${products}`, cents);
  await paying.sell(seller.token, name, prices);
  return prices;
};

/** A project of whoever has this address pays for this price, and the processor has told of it. */
export const subscribed = async (app: TestApp, email: string, projectId: string, price: string) => {
  const call = clientOf(app);
  return payingOf(app, call).subscribe(projectId, await signIn(call, email), price);
};

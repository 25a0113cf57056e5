import { expect } from 'vitest';
import { routes } from '../../../src/adapters/http/datilio/index.js';
import { PLATFORM_CONNECTION } from '../../../src/application/billing/events/connections.js';
import { stockDatilio } from '../../../src/composition/datilio-plans.js';
import { ports } from '../../../src/composition/tokens.js';
import type { Customer } from '../../../src/domain/billing/customer.js';
import { PLATFORM } from '../../../src/domain/billing/seller.js';
import type { AccountId, UserId } from '../../../src/domain/shared/ids.js';
import type { TestApp } from '../../support/app.js';
import { type Answer, type Client, freshEmail, PASSWORD } from '../../support/client.js';
import type { DerivedRoute, Stage, Subject } from './subject.js';

export const datilioRoutes: readonly DerivedRoute[] = Object.values(routes);

export type Buyer = { readonly id: number; readonly email: string; readonly token: string };
export type Plans = { readonly explorer: number; readonly pro: number; readonly team: number };

/** A refusal’s status and code. */
export const codeOf = ({ status, body }: Answer) => [status, body.error?.code];

/** What Datilio's users do, each as one call. */
export const datilioOf = (app: TestApp, call: Client) => {
  const processor = app.payments.hooks(PLATFORM_CONNECTION);
  const signIn = async (email: string): Promise<Buyer> => {
    const answer = await call('POST /api/auth/login', { json: { email, password: PASSWORD } });
    expect([answer.status, answer.text]).toEqual([200, answer.text]);
    return { id: answer.body.user.id, email, token: answer.body.access_token };
  };
  const buyer = async (email = freshEmail()): Promise<Buyer> => {
    const registered = await call('POST /api/auth/register', { json: { email, password: PASSWORD } });
    expect(registered.status).toBe(201);
    return signIn(email);
  };
  const userIdOf = async (email: string): Promise<UserId> => {
    const found = await app.container.get(ports.accountsReaders).credentials(email as never);
    const user = found._unsafeUnwrap()?.user;
    if (user === undefined) throw new Error(`nobody has the address ${email}`);
    return user.id;
  };
  /** Runs the platform from now on. */
  const promote = async ({ email }: Buyer): Promise<void> => {
    const id = await userIdOf(email);
    const granted = await app.container
      .get(ports.accounts)
      .run((tx) => tx.users.get(id).andThen((user) => tx.users.save({ ...user, platformAdmin: true })));
    expect(granted.isOk()).toBe(true);
  };
  const plans = async (): Promise<Plans> => {
    await stockDatilio(app.container);
    const { body } = await call('GET /api/plans');
    const numberOf = (name: string): number =>
      body.plans.find((plan: { readonly name: string }) => plan.name === name).id;
    return {
      explorer: numberOf('Explorer'),
      pro: numberOf('DataPilot Pro'),
      team: numberOf('Datilio Team'),
    };
  };
  const purchase = ({ token }: Buyer, plan_id: number, duration_months = 1, headers = {}) =>
    call('POST /api/purchase/plan', { token, json: { plan_id, duration_months }, headers });
  const checkout = ({ token }: Buyer, plan_id: number, duration_months = 1, headers = {}) =>
    call('POST /api/create-checkout-session', { token, json: { plan_id, duration_months }, headers });
  const planOf = async ({ token }: Buyer) => (await call('GET /api/user/plan', { token })).body.user_plan;
  const use = ({ token }: Buyer, json: object) => call('POST /api/user/usage', { token, json });
  const usageOf = async ({ token }: Buyer) => (await call('GET /api/user/usage', { token })).body.usage;
  const cancel = ({ token }: Buyer) => call('POST /api/user/cancel_plan', { token });
  const post = (raw: Uint8Array, signature?: string): Promise<Answer> =>
    call('POST /api/stripe/webhook', {
      bytes: raw,
      headers: { 'content-type': 'application/json', ...(signature && { 'stripe-signature': signature }) },
    });
  const deliver = async (): Promise<void> => {
    for (const event of processor.takeEvents()) {
      const { raw, signature } = processor.delivery(event);
      const { status, body } = await post(raw, signature);
      expect([status, body]).toEqual([200, { status: 'received' }]);
    }
  };
  /** Somebody pays on the page that a URL leads to. */
  const pay = async (url: string): Promise<void> => {
    processor.complete(new URL(url).pathname.slice(1));
    await deliver();
  };
  const subscribe = async (who: Buyer, plan: number, months = 1): Promise<void> => {
    const page = await checkout(who, plan, months);
    expect([page.status, page.text]).toEqual([200, page.text]);
    await pay(page.body.checkout_url);
  };
  /** What pays for a buyer, and what they use is counted in. */
  const accountOf = async ({ email }: Buyer): Promise<AccountId> => {
    const userId = await userIdOf(email);
    const account = await app.container
      .get(ports.accounts)
      .run((tx) => tx.accounts.personalOf(userId).map(({ id }): AccountId => id));
    return account._unsafeUnwrap();
  };
  /** Whom the processor knows a buyer as. */
  const customerOf = async (buyer: Buyer): Promise<Customer> => {
    const { email } = buyer;
    const found = await app.container.get(ports.billingReaders).customerOf(PLATFORM, await accountOf(buyer));
    const customer = found._unsafeUnwrap();
    if (customer === undefined) throw new Error(`${email} is no customer`);
    return customer;
  };
  /** What a buyer was charged, in cents, oldest first. */
  const charges = async (who: Buyer): Promise<readonly bigint[]> => {
    const { processorId = '' } = await customerOf(who);
    const listed = await app.payments.invoices.list(PLATFORM_CONNECTION, processorId, 100);
    return listed
      ._unsafeUnwrap()
      .items.map(({ amountPaid }) => amountPaid)
      .reverse();
  };
  return {
    ...{ processor, signIn, buyer, promote, plans, purchase, checkout, planOf, cancel, use, usageOf },
    ...{ post, deliver, pay, subscribe, customerOf, charges, accountOf },
  };
};
export type Datilio = ReturnType<typeof datilioOf>;

const planJson = () => ({
  name: `A plan of ${freshEmail()}`,
  price_monthly: 1.5,
  file_limit: 1,
  file_size_limit_mb: 1,
  ai_prompts_per_day: 1,
  synthetic_rows_per_month: 1,
  features: {},
});
const credentials = () => ({ email: freshEmail(), password: PASSWORD });
const wanted: Subject['bodies'][string] = ({ plan_id = '1' }) => ({
  plan_id: Number(plan_id),
  duration_months: 1,
});

const bodies: Subject['bodies'] = {
  register: credentials,
  login: credentials,
  createPlan: planJson,
  purchasePlan: wanted,
  createCheckoutSession: wanted,
  recordUserUsage: () => ({ feature: 'files', amount: 1, key: 'a key', size_mb: 1 }),
};

const stage: Subject['stage'] = async (app, call): Promise<Stage> => {
  const datilio = datilioOf(app, call);
  const admin = await datilio.buyer();
  await datilio.promote(admin);
  const other = await datilio.buyer();
  const { pro } = await datilio.plans();
  const ids = { plan_id: String(pro) };
  return {
    token: admin.token,
    stranger: other.token,
    powerless: () => [other.token],
    ids,
    wanted: async () => (route) => bodies[route.operationId]?.(ids),
  };
};

/** Datilio, whose codes are the kinds of failure themselves. */
export const datilioSubject: Subject = {
  routes: datilioRoutes,
  bodies,
  stage,
  code: (kind) => kind,
  codeOf: ({ body }) => body.error.code,
  fieldsOf: ({ body }) => (body.error.details ?? []).map(({ field }: { readonly field: string }) => field),
};

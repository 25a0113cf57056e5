import { describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../../src/domain/shared/time.js';
import { clientOf } from '../../support/client.js';
import { type Paying, type Prices, payingOf, type Trouble, troubledBy } from './billing.rig.js';
import { makePlatformAdmin } from './fleet.rig.js';
import { isShown } from './pages.fleet.rig.js';
import { elsewhere, type Open, onStage, type Stage } from './pages.rig.js';
import { formsOf, formTo, linksOf, linkTo, type Page, type Resident, signedIn } from './pages.surfer.js';

const POLICY = 'content-security-policy';
/** Where the forms of a page may lead beside our own pages. */
const leadsOn = ({ headers }: Page): string =>
  /form-action 'self' ?([^;]*)/.exec(headers.get(POLICY) ?? '')?.[1] ?? '';
const REFUSED = { kind: 'processor_refused', code: 'x', reason: 'Not <today>.' };
const PROCESSOR = 'https://pay.example.com';

/** A project that pays for a plan, as its owner sees it who has no script. */
export const billingPageScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  let paying: Paying;
  let solo: Prices;
  let team: Prices;
  /** Sessions end when time is moved on. */
  let owner: Resident;
  const trouble: Trouble = { failure: undefined };
  onStage(
    () => open({ override: troubledBy(trouble) }),
    answered,
    (stage) => {
      on = stage;
      owner = stage.owner;
      paying = payingOf(stage.app, clientOf(stage.app));
    },
  );
  const billing = () => `/app/projects/${on.here.projectId}/billing`;
  const look = (rest = '') => owner.get(billing() + rest);
  const later = async (ms: number): Promise<void> => {
    on.app.clock.advance(ms);
    owner = await signedIn(on.app, owner.email);
  };
  /** Sends what the forms of the page send, whether or not they are on it now. */
  const post = async (deed: string, fields: Record<string, string> = {}): Promise<Page> => {
    const { csrf = '' } = formTo(await look(), /^\/sign-out$/).fields;
    return owner.post(`${billing()}/${deed}`, { csrf, ...fields });
  };
  const preview = (price: string) => look(`/change?price=${price}`);
  const deeds = (page: Page): readonly string[] =>
    [...formsOf(page).map(({ action }) => action), ...linksOf(page)]
      .filter((address) => address.startsWith(`${billing()}/`))
      .map((address) => address.slice(billing().length + 1));

  describe('a project', () => {
    it('sees what is on sale, as everybody does', async () => {
      isShown(await on.nobody().get('/pricing'), 'Nothing is on sale yet.');
      isShown(await look(), 'Nothing is on sale yet.');
      await makePlatformAdmin(on.app, on.here.owner);
      solo = paying.prices('prod_solo', 1_000n);
      team = paying.prices('prod_team', 300_000n);
      await paying.sell(on.here.owner.token, 'Solo', solo);
      await paying.sell(on.here.owner.token, '<b>"Team"</b> & more', team);
      const page = await on.nobody().get('/pricing?checkout=cancel');
      isShown(page, 'Nothing was paid, and nothing is changed.');
      for (const words of ['10.00 USD a month', '100.00 USD a year', '3,000.00 USD a month'])
        isShown(page, words);
      isShown(page, '<bdi>&lt;b&gt;&quot;Team&quot;&lt;/b&gt; &amp; more</bdi>');
      expect(leadsOn(page)).toBe('');
      expect((await on.nobody().get('/pricing?checkout=%3Cb%3E')).text).not.toContain('role="status"');
      isShown(await on.nobody().get('/pricing/of/everything'), '<h1>Not found</h1>', 404);
    });

    it('without a subscription has nothing to change, and goes to pay for what is sold', async () => {
      const page = await look();
      isShown(page, 'This project has no subscription.');
      isShown(page, 'There are none yet.');
      expect(deeds(page)).toEqual(['checkout', 'checkout', 'checkout', 'checkout']);
      isShown(await post('portal'), 'The project has never paid anything here.', 409);
      isShown(await preview(solo.monthly), 'The project has no subscription.', 409);
      for (const deed of ['change', 'cancel', 'resume'])
        isShown(await post(deed, { price: solo.monthly }), 'The project has no subscription.', 409);
      for (const price of ['', 'price_nobody_made']) {
        const refused = await post('checkout', { price });
        isShown(refused, 'This price is not on sale any more.', 400);
        expect(refused.text).not.toContain('href="#price_id"');
        isShown(await preview(price), 'This price is not on sale any more.', 400);
      }
      expect(paying.processor.counts()).toEqual({ customers: 0, subscriptions: 0, charges: 0 });
    });

    it('is subscribed once the processor has told of the payment, and shows plan, price and invoices', async () => {
      const page = await look();
      expect(leadsOn(page)).toBe(PROCESSOR);
      const form = formsOf(page).find(({ fields }) => fields['price'] === solo.monthly);
      const gone = await owner.submit(form ?? formTo(page, /never/));
      expect([gone.status, gone.location]).toEqual([303, expect.stringMatching(/^https:\/\/pay.*\/cs_\w+$/)]);
      paying.processor.complete(gone.location?.split('/').at(-1) ?? '');
      isShown(await look('?done=success'), /Thank you\. .*This project has no subscription\./s);
      await paying.deliver();
      const active = await look();
      isShown(active, '<span class="pill good">active</span>');
      isShown(active, '<dt>Plan</dt><dd><bdi>Solo</bdi>');
      isShown(active, '<dt>Price</dt><dd>10.00 USD a month');
      isShown(active, /<dt>Next invoice<\/dt><dd>10\.00 USD, <time[^>]*>2026-02-15 12:00 UTC/);
      isShown(active, /M-\w+<\/bdi><\/th><td><time[^>]*>2026-01-15<.*New subscription.*paid.*10\.00 USD/s);
      isShown(active, '10.00 USD a month <span class="soft">This is yours.</span>');
      expect(deeds(active)).toEqual([
        'portal',
        'cancel',
        `change?price=${solo.yearly}`,
        `change?price=${team.monthly}`,
        `change?price=${team.yearly}`,
      ]);
      const again = await post('checkout', { price: team.monthly });
      isShown(again, 'The project has a subscription already.', 409);
      const portal = await owner.submit(formTo(again, /\/portal$/));
      expect([portal.status, portal.location]).toEqual([303, expect.stringMatching(/^https:\/\/pay/)]);
      // From this page, too, the browser has to be let through to the processor.
      expect(leadsOn(again)).toBe(PROCESSOR);
    });

    it('is nobody else’s, and shows nothing of it to another project of the same owner', async () => {
      expect((await on.stranger.get(billing())).status).toBe(404);
      const { action, fields } = formTo(await owner.get('/app'), /^\/app$/);
      const made = await owner.post(action, { ...fields, name: 'Another' });
      const other = await owner.get((made.location ?? '').replace(/\/storage.*$/, '/billing'));
      isShown(other, 'This project has no subscription.');
      isShown(other, 'There are none yet.');
    });

    it('is charged for a change what its preview said, to the cent', async () => {
      await later(10 * DAY);
      const asked = await owner.get(linkTo(await look(), new RegExp(`price=${team.monthly}$`)));
      isShown(asked, '<h1>Change to &lt;b&gt;&quot;Team&quot;&lt;/b&gt; &amp; more</h1>');
      // 21 of 31 days, each side rounded alone.
      isShown(asked, /-6\.77 USD.*2,032\.26 USD.*<strong>2,025\.49 USD<\/strong> will be charged now\./s);
      on.app.clock.advance(9 * MINUTE);
      const form = formTo(asked, /\/change$/);
      const changed = await owner.follow(await owner.submit(form));
      isShown(changed, /The plan is changed\..*<dt>Price<\/dt><dd>3,000\.00 USD a month/s);
      isShown(changed, /Change of plan.*paid.*2,025\.49 USD.*New subscription/s);
      expect(paying.processor.counts().charges).toBe(2);
      isShown(await owner.submit(form), 'The project has this plan already.', 400);
      isShown(await preview(team.monthly), 'The project has this plan already.', 400);
      expect(paying.processor.counts().charges).toBe(2);
    });

    it('is told what a smaller plan gives back, and of a preview that is too old', async () => {
      const asked = await preview(solo.monthly);
      isShown(asked, /Nothing will be charged now\. <strong>2,02\d\.\d\d USD<\/strong> will be credited/);
      on.app.clock.advance(11 * MINUTE);
      isShown(await owner.submit(formTo(asked, /\/change$/)), 'The preview was too old', 400);
      isShown(await look(), '<dt>Price</dt><dd>3,000.00 USD a month');
    });

    it('stays as it is when the card says no', async () => {
      const form = formTo(await preview(team.yearly), /\/change$/);
      on.app.payments.faults.next('declined', { call: 'changePrice' });
      const refused = await owner.submit(form);
      isShown(refused, 'The payment was declined, and nothing was changed.', 402);
      isShown(refused, '<dt>Price</dt><dd>3,000.00 USD a month', 402);
      expect([deeds(refused)[0], leadsOn(refused)]).toEqual(['portal', PROCESSOR]);
      expect(paying.processor.counts().charges).toBe(2);
    });

    it('is asked before it is cancelled, is cancelled once and resumed once', async () => {
      await paying.deliver();
      const asked = await owner.get(linkTo(await look(), /\/cancel$/));
      isShown(asked, 'goes on until the period that is paid for is over');
      const form = formTo(asked, /\/cancel$/);
      const ending = await owner.follow(await owner.submit(form));
      isShown(ending, /The subscription ends with the period.*It ends <time[^>]*>2026-02-15/s);
      expect(deeds(ending)).toEqual(['resume', 'portal']);
      isShown(ending, 'Resume the subscription before you change its plan.');
      isShown(await owner.submit(form), 'The subscription is about to end already.', 409);
      isShown(await preview(solo.monthly), 'Resume it before you change it.', 409);
      isShown(await post('change', { price: solo.monthly }), 'Resume it before you change it.', 409);
      const resume = formTo(ending, /\/resume$/);
      isShown(await owner.follow(await owner.submit(resume)), /The subscription goes on\..*next period/s);
      isShown(await owner.submit(resume), 'The subscription goes on as it is.', 409);
    });

    it('is told what the matter is with the processor, and sees what is on record all the same', async () => {
      const asked = async (): Promise<readonly Page[]> => [
        await post('portal'),
        await preview(solo.monthly),
        await post('change', { price: solo.monthly }),
        await post('cancel'),
      ];
      trouble.failure = { kind: 'payments_not_configured' };
      for (const page of await asked()) isShown(page, 'no payment processor is set up', 503);
      trouble.failure = REFUSED;
      const refused = 'The payment processor refused: Not &lt;today&gt;.';
      for (const page of await asked()) isShown(page, refused, 502);
      const meanwhile = await look();
      isShown(meanwhile, 'The payment processor does not answer at the moment.');
      isShown(meanwhile, '<dt>Price</dt><dd>3,000.00 USD a month');
      trouble.failure = undefined;
      expect((await post('cancel')).status).toBe(303);
      trouble.failure = REFUSED;
      isShown(await post('resume'), refused, 502);
      trouble.failure = undefined;
      await later(40 * DAY);
      on.app.payments.advance(0);
      await paying.deliver();
      const over = await look();
      isShown(over, /<span class="pill open">ended<\/span> It has ended\. That was <time[^>]*>2026-02-15/);
      expect(deeds(over)).toEqual(['portal', 'checkout', 'checkout', 'checkout', 'checkout']);
      trouble.failure = REFUSED;
      isShown(await post('checkout', { price: solo.monthly }), refused, 502);
      trouble.failure = undefined;
    });
  });

  it('say so when nobody may come back to these pages', () =>
    elsewhere(
      open({ environment: { ALLOWED_REDIRECT_HOSTS: 'app.example.com' } }),
      answered,
      async (stage) => {
        on = stage;
        owner = stage.owner;
        const seller = payingOf(stage.app, clientOf(stage.app));
        await makePlatformAdmin(stage.app, stage.here.owner);
        const prices = seller.prices('prod_one');
        await seller.sell(stage.here.owner.token, 'One', prices);
        for (const page of [await post('checkout', { price: prices.monthly }), await post('portal')])
          isShown(
            page,
            'The processor cannot lead back to these pages: its host is not among those allowed here.',
            400,
          );
      },
    ));
};

import type { ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { memoryEntitlementReaders } from '../../../../../src/adapters/memory/entitlements/readers.js';
import { workspaces } from '../../../../../src/application/entitlements/workspaces/index.js';
import { DAY, HOUR, iso, MINUTE, plus } from '../../../../../src/domain/shared/time.js';
import { NOT_FOUND } from '../../../../../src/ports/shared/failure.js';
import { allowed, aPlanOf, subscribe } from '../../../../support/entitled.js';
import { failure, NOW, type Stage, stage, truth, value } from './stage.js';

const without = async (s: Stage, account: Parameters<Stage['entitled']['setOverride']>[0], feature: string) =>
  value(s.entitled.setOverride(account, feature, { binaryValue: 0, reason: 'not sold' }, s.operator()));
const left = async (s: Stage) => [
  await s.rows('review_packs'),
  await s.rows('operation_runs'),
  await s.rows('jobs'),
];
const types = async (s: Stage) => (await s.events()).map(({ type }) => type);
const say = async (s: Stage, number: number, state: string, over = {}) =>
  value(s.app.updateSubscriptionTruth(number, truth(state, over), s.operator()));

describe('onboarding', () => {
  it('is seen by members, completed by admins, once, and told of', async () => {
    const s = stage();
    const [{ member, ref, owner }, looking] = [await s.workspace(), await s.workspace('member')];
    const draft = await value(s.app.currentDraft(member()));
    expect(await value(s.app.onboardingView(draft.number, member()))).toEqual({
      workspace: ref,
      draft,
      decision: expect.objectContaining({ state: 'active_paid', source: 'default_active_paid' }),
    });
    const theirs = await value(s.app.currentDraft(looking.member()));
    expect(await failure(s.app.onboardingView(theirs.number, member()))).toEqual(NOT_FOUND);
    expect(await failure(s.app.completeOnboarding(theirs.number, member()))).toEqual(NOT_FOUND);
    expect(await failure(s.app.completeOnboarding(theirs.number, looking.member()))).toEqual({
      kind: 'forbidden',
      needs: 'the role "admin"',
    });
    const done = await value(s.app.completeOnboarding(draft.number, member()));
    expect(done).toEqual({ ...draft, version: 2, completed: { at: NOW, by: owner.id } });
    s.clock.advance(HOUR);
    expect(await value(s.app.completeOnboarding(draft.number, member()))).toEqual(done);
    expect(await types(s)).toEqual(['onboarding.completed']);
  });
});

describe('what stands before a pack', () => {
  it('is the role, then the feature, then the posture; who is stopped leaves a row in the audit and no more', async () => {
    const s = stage();
    const [{ member, ref, account }, looking] = [await s.workspace(), await s.workspace('member')];
    const forbidden = { kind: 'forbidden', needs: 'the role "admin"' };
    expect(await failure(s.app.generateReviewPack({}, looking.member()))).toEqual(forbidden);
    const draft = await value(s.app.currentDraft(member()));
    const review = await value(
      s.app.createReview({ title: 'A month', from: plus(NOW, -30 * DAY), to: NOW }, member()),
    );
    const made = await value(s.app.generateReviewPack({}, member()));
    await s.drain();
    const before = await left(s);
    const [events, audit] = [await types(s), (await s.audit()).length];
    await say(s, ref.number, 'ended');
    const packs = [
      () => s.app.generateReviewPack({}, member()),
      () => s.app.exportExecutivePack(review.number, member()),
      () => s.app.regenerate(made.pack.number, member()),
    ];
    const attempts: readonly (() => ResultAsync<unknown, unknown>)[] = [
      ...packs,
      () => s.app.completeOnboarding(draft.number, member()),
    ];
    for (const attempt of attempts)
      expect(await failure(attempt())).toEqual({
        kind: 'lifecycle_blocked',
        decision: expect.objectContaining({ state: 'suspended_read_only', source: 'workspace_subscription' }),
      });
    // What is not sold is refused as such, whatever the posture.
    await without(s, account.id, 'review_packs');
    for (const attempt of packs)
      expect(await failure(attempt())).toMatchObject({
        kind: 'not_entitled',
        decision: { feature: 'review_packs', reason: 'not_granted', source: 'override' },
      });
    expect(await left(s)).toEqual(before);
    expect((await types(s)).slice(events.length)).not.toContain('review_pack.queued');
    const refused = (await s.audit()).slice(audit).filter(({ action }) => action === 'entitlement.refused');
    expect(refused.map(({ data }) => [data?.['action'], data?.['reason']])).toEqual([
      ['review_pack.generate', 'lifecycle_blocked'],
      ['review_pack.export', 'lifecycle_blocked'],
      ['review_pack.regenerate', 'lifecycle_blocked'],
      ['onboarding.complete', 'lifecycle_blocked'],
      ['review_pack.generate', 'not_granted'],
      ['review_pack.export', 'not_granted'],
      ['review_pack.regenerate', 'not_granted'],
    ]);
    expect((await value(s.app.listPacks(member(), { size: 5 }))).items).toHaveLength(1);
  });

  it('is an order that can be filled', async () => {
    const s = stage();
    const { member } = await s.workspace();
    const refused = async (command: Parameters<typeof s.app.generateReviewPack>[0]) =>
      failure(s.app.generateReviewPack(command, member()));
    expect(await refused({ from: NOW, to: NOW })).toMatchObject({ kind: 'invalid_order', field: 'to' });
    expect(await refused({ from: plus(NOW, 1) })).toMatchObject({ field: 'to' });
    expect(await refused({ notes: { text: 'x'.repeat(17_000) } })).toMatchObject({ field: 'notes' });
    expect(await refused({ notes: { deep: [{ 'a\0': 1 }] } })).toMatchObject({ field: 'notes' });
    expect(await refused({ notes: { deep: ['\ud800'] } })).toMatchObject({ field: 'notes' });
    const review = (over: object) =>
      s.app.createReview({ title: 'A month', from: plus(NOW, -DAY), to: NOW, ...over }, member());
    expect(await failure(review({ to: plus(NOW, -DAY) }))).toMatchObject({ field: 'to' });
    for (const title of ['', 'x'.repeat(201), 'a\0'])
      expect(await failure(review({ title }))).toMatchObject({ field: 'title' });
    for (const note of ['x'.repeat(4_001), 'a\0'])
      expect(await failure(review({ note }))).toMatchObject({ field: 'note' });
    expect(await failure(s.app.exportExecutivePack(9, member()))).toEqual(NOT_FOUND);
    expect(await failure(s.app.regenerate(9, member()))).toEqual(NOT_FOUND);
    expect(await left(s)).toEqual([[], [], []]);
  });
});

describe('a pack', () => {
  it('is one of its subject under way, and answers again for an hour while nothing has changed', async () => {
    const s = stage();
    const { member, ref, account } = await s.workspace();
    const order = (notes: object = {}) => value(s.app.generateReviewPack({ notes: { ...notes } }, member()));
    const several = await Promise.all([order(), order(), order()]);
    expect(several.map(({ deduped }) => deduped).sort()).toEqual([false, true, true]);
    const number = several[0]?.pack.number ?? 0;
    expect(await order({ other: 'notes' })).toMatchObject({ deduped: true, pack: { number } });
    await s.drain();
    expect(await order({ a: 1, b: { c: 2, d: 3 } })).toMatchObject({ deduped: false });
    await s.drain();
    expect(await order({ b: { d: 3, c: 2 }, a: 1 })).toMatchObject({ deduped: true });
    s.clock.set(plus(NOW, HOUR - 1));
    expect(await order()).toMatchObject({ deduped: true, pack: { number, status: 'ready' } });
    s.clock.set(plus(NOW, HOUR));
    expect(await order()).toMatchObject({ deduped: false });
    await s.drain();
    // Another posture, another use: another pack.
    await say(s, ref.number, 'past_due');
    const inGrace = await order();
    expect(inGrace).toMatchObject({ deduped: false });
    await s.drain();
    const use = { accountId: account.id, feature: 'api_calls', value: 3, key: 'one' };
    await value(s.entitled.recordUsage(use, s.operator()));
    expect(await order()).toMatchObject({ deduped: false });
  });

  it('does not answer again once the account may have something else, by whose word that ever is', async () => {
    const s = stage();
    const { member, account } = await s.workspace();
    const order = async () => {
      const { deduped, pack } = await value(s.app.generateReviewPack({}, member()));
      await s.drain();
      return [deduped, pack.number];
    };
    const plan = await aPlanOf(s.units, { buckets: allowed(5) });
    const [included] =
      (await value(memoryEntitlementReaders(s.store).planFeaturesOf([plan.id]))).get(plan.id) ?? [];
    if (!included) throw new Error('the plan has a feature');
    const another = { ...included.planFeature, allowance: allowed(9) };
    const granted = (usageLimit: bigint) =>
      value(s.entitled.setOverride(account.id, 'buckets', { usageLimit, reason: 'more' }, s.operator()));
    const change = {
      override: () => granted(7n),
      'another override': () => granted(8n),
      plan: async () => {
        await value(s.entitled.removeOverride(account.id, 'buckets', s.operator()));
        await subscribe(s.units, account.id, plan);
      },
      'plan feature': () => value(s.units.entitlements.run((tx) => tx.planFeatures.save(another))),
    };
    await order();
    for (const [what, happens] of Object.entries(change)) {
      await happens();
      expect([what, (await order())[0]]).toEqual([what, false]);
      expect([what, (await order())[0]]).toEqual([what, true]);
    }
  });

  it('holds what was done and used in its days alone, of which nothing newer is read', async () => {
    const s = stage();
    const { member, account } = await s.workspace();
    const use = async (count: number, prefix: string) => {
      const rows = Array.from({ length: count }, (_, n) => ({
        accountId: account.id,
        feature: 'api_calls',
        value: 1,
        key: `${prefix}-${n}`,
      }));
      await value(s.entitled.recordBatch(rows, s.operator()));
    };
    const from = s.clock.now();
    await use(2, 'old');
    s.clock.advance(HOUR);
    const to = s.clock.now();
    await use(1_000, 'new');
    // Told of late, and used in those days.
    const late = { accountId: account.id, feature: 'api_calls', value: 1, key: 'late', usedAt: plus(to, -1) };
    await value(s.entitled.recordUsage(late, s.operator()));
    const asked: number[] = [];
    const usage = {
      ...s.deps.usage,
      recordsWithin: (...given: Parameters<typeof s.deps.usage.recordsWithin>) =>
        s.deps.usage.recordsWithin(...given).map((page) => {
          asked.push(page.items.length);
          return page;
        }),
    };
    const { pack } = await value(s.app.generateReviewPack({ from, to }, member()));
    await s.drain(workspaces({ ...s.deps, usage }).jobs);
    const files = new Map(s.shelf.kept.get(`pack-${pack.number}.zip`)?.map(({ name, text }) => [name, text]));
    const keys = (files.get('usage.csv') ?? '').trimEnd().split('\r\n').slice(1);
    expect(keys.map((line) => /,(old-\d|late),/.exec(line)?.[1])).toEqual(['late', 'old-1', 'old-0']);
    expect(asked).toEqual([3]);
  });

  it('is made anew when that is asked for, of the days before that moment, unless it is under way', async () => {
    const s = stage();
    const { member } = await s.workspace();
    const first = await value(s.app.generateReviewPack({ format: 'json', notes: { for: 'us' } }, member()));
    expect(await value(s.app.regenerate(first.pack.number, member()))).toMatchObject({
      deduped: true,
      pack: { number: first.pack.number },
    });
    await s.drain();
    const again = await value(s.app.regenerate(first.pack.number, member()));
    const at = s.clock.now();
    expect(again).toMatchObject({
      deduped: false,
      pack: {
        kind: 'review',
        order: { format: 'json', from: plus(at, -30 * DAY), to: at, asked: {}, notes: { for: 'us' } },
      },
      run: { operation: 'review_pack.regenerate', status: 'queued' },
    });
    expect(again.pack.number).not.toBe(first.pack.number);
  });

  it('holds usage, truth, decisions and audit of its days, and is told of from the queue to its end', async () => {
    const s = stage();
    const { member, ref, account } = await s.workspace();
    await say(s, ref.number, 'active', { billingReference: '=INV-7' });
    const use = (key: string, amount: number) =>
      value(
        s.entitled.recordUsage(
          { accountId: account.id, feature: 'api_calls', value: amount, key, usedAt: s.clock.now() },
          s.operator(),
        ),
      );
    await use('before', 1);
    s.clock.advance(HOUR);
    const from = s.clock.now();
    await use('@within', 3);
    s.clock.advance(MINUTE);
    const to = s.clock.now();
    await use('after', 5);
    const { pack, run } = await value(s.app.generateReviewPack({ from, to, notes: { for: 'us' } }, member()));
    expect(await failure(s.app.packDownload(pack.number, member()))).toEqual({
      kind: 'pack_not_ready',
      status: 'queued',
    });
    await s.drain();
    const view = await value(s.app.getPack(pack.number, member()));
    expect(view).toMatchObject({
      pack: { status: 'ready', file: { key: `pack-${pack.number}.zip` } },
      run: { number: run.number, status: 'succeeded' },
    });
    const files = new Map(s.shelf.kept.get(`pack-${pack.number}.zip`)?.map(({ name, text }) => [name, text]));
    expect([...files.keys()]).toEqual([
      'manifest.json',
      'usage.csv',
      'truth.json',
      'decisions.json',
      'audit.csv',
    ]);
    const [header, only, ...more] = (files.get('usage.csv') ?? '').trimEnd().split('\r\n');
    expect(header).toBe('id,feature,value,used_at,recorded_at,key,corrects');
    expect(only).toContain(`,api_calls,3,${iso(from)},${iso(from)},'@within,`);
    expect(more).toEqual([]);
    expect(JSON.parse(files.get('truth.json') ?? '')).toMatchObject({
      lifecycle_state: 'active_paid',
      source: 'workspace_subscription',
      needs_review: false,
      subscription: { state: 'active' },
      setting: null,
    });
    for (const text of files.values())
      for (const note of ['=INV-7', 'as agreed']) expect(text).not.toContain(note);
    const { decisions } = JSON.parse(files.get('decisions.json') ?? '');
    expect(decisions).toContainEqual(expect.objectContaining({ feature: 'review_packs', outcome: 'allow' }));
    expect((files.get('audit.csv') ?? '').split('\r\n')[0]).toContain('at,actor,actor_id');
    expect(files.get('audit.csv')).not.toContain('update_subscription_truth');
    expect(JSON.parse(files.get('manifest.json') ?? '')).toMatchObject({
      pack: pack.number,
      workspace: { number: ref.number, name: ref.name },
      notes: { for: 'us' },
      usage_rows: 1,
      usage_cut: false,
    });
    const download = await value(s.app.packDownload(pack.number, member()));
    expect(download.fileName).toBe(`review-pack-${pack.number}.zip`);
    s.shelf.kept.clear();
    expect(await failure(s.app.packDownload(pack.number, member()))).toEqual(NOT_FOUND);
    expect((await types(s)).filter((type) => type.startsWith('review_pack'))).toEqual([
      'review_pack.queued',
      'review_pack.running',
      'review_pack.ready',
    ]);
  });

  it('of a review looks back at what the review does, and holds it', async () => {
    const s = stage();
    const [{ member }, other] = [await s.workspace(), await s.workspace()];
    const period = { from: plus(NOW, -60 * DAY), to: plus(NOW, -30 * DAY) };
    const review = await value(
      s.app.createReview({ title: 'December', note: 'With care', ...period }, member()),
    );
    expect(await value(s.app.getReview(review.number, member()))).toEqual(review);
    expect(await failure(s.app.getReview(review.number, other.member()))).toEqual(NOT_FOUND);
    expect((await value(s.app.listReviews(member(), { size: 5 }))).items).toEqual([review]);
    expect(await failure(s.app.exportExecutivePack(review.number, other.member()))).toEqual(NOT_FOUND);
    const exported = await value(s.app.exportExecutivePack(review.number, member()));
    expect(exported).toMatchObject({
      pack: { kind: 'executive', reviewNumber: review.number, order: period },
    });
    expect(await value(s.app.exportExecutivePack(review.number, member()))).toMatchObject({ deduped: true });
    // A pack of the whole workspace is another subject.
    expect(await value(s.app.generateReviewPack({}, member()))).toMatchObject({ deduped: false });
    await s.drain();
    const files = s.shelf.kept.get(`pack-${exported.pack.number}.zip`) ?? [];
    expect(JSON.parse(files.find(({ name }) => name === 'review.json')?.text ?? '')).toMatchObject({
      number: review.number,
      title: 'December',
      note: 'With care',
    });
    expect(await failure(s.app.getPack(exported.pack.number, other.member()))).toEqual(NOT_FOUND);
    expect(await failure(s.app.regenerate(exported.pack.number, other.member()))).toEqual(NOT_FOUND);
  });

  it('fails with the reason of a shelf that will not have it, and after enough attempts of one that is away', async () => {
    for (const [mood, reason] of [
      [{ refuse: 'quota_exceeded' }, 'quota_exceeded'],
      [{ down: true }, 'unavailable'],
    ] as const) {
      const s = stage();
      const { member } = await s.workspace();
      const { pack } = await value(s.app.generateReviewPack({}, member()));
      Object.assign(s.shelf.mood, mood);
      await s.drain();
      expect(await value(s.app.getPack(pack.number, member()))).toMatchObject({
        pack: { status: 'failed', failure: reason },
        run: { status: 'failed' },
      });
      expect(await failure(s.app.packDownload(pack.number, member()))).toMatchObject({ status: 'failed' });
      expect(await s.rows('jobs')).toEqual([]);
      expect((await types(s)).at(-1)).toBe('review_pack.failed');
      // It stands in nobody's way.
      Object.assign(s.shelf.mood, { refuse: undefined, down: false });
      expect(await value(s.app.generateReviewPack({}, member()))).toMatchObject({ deduped: false });
    }
  });
});

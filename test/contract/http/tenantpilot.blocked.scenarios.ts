import { expect, it } from 'vitest';
import { clientOf } from '../../support/client.js';
import { another, type Stage } from './tenantpilot.rig.js';

const PACKS = '/admin/review-packs';

type Packs = {
  readonly listed: () => Promise<readonly unknown[]>;
  readonly contentsOf: (pack: number) => Promise<Readonly<Record<string, string>>>;
};

/** Packs that must not be made: what is left of the attempt. */
export const blockedAttempts = (stage: () => Stage, { listed, contentsOf }: Packs) => {
  const review = () => `/admin/tenant-reviews/${stage().ids['tenantReview']}`;
  const attempts = () =>
    [
      [`${PACKS}/actions/generate`, `${PACKS}/generate`],
      [
        `${PACKS}/${stage().ids['reviewPack']}/actions/regenerate`,
        `${PACKS}/${stage().ids['reviewPack']}/regenerate`,
      ],
      [`${review()}/actions/export-executive-pack`, `${review()}/export`],
    ] as const;
  /** What there is of packs, their runs, what was told of them, and letters. */
  const traces = async () => {
    const rows = await stage().app.everyRow();
    return {
      packs: await listed(),
      told: rows.split('review_pack.queued').length,
      letters: stage().app.email.sent().length,
      refusals: rows.split('"entitlement.refused"').length,
    };
  };
  const expectNothingMade = async (kind: string, words: RegExp): Promise<void> => {
    const before = await traces();
    for (const [deed, form] of attempts()) {
      const refused = await stage().owner.act(deed);
      expect([deed, refused.status, refused.body.kind]).toEqual([deed, 409, kind]);
      expect(refused.body.message).toMatch(words);
      const { csrf } = stage().owner;
      const page = await stage().owner.post(form, { csrf, format: 'csv' });
      expect([form, page.status, page.text]).toEqual([form, 409, expect.stringMatching(words)]);
    }
    expect(await stage().app.drain()).toBeUndefined();
    expect(await traces()).toEqual({ ...before, refusals: before.refusals + 2 * attempts().length });
  };

  it('leaves no pack, no run and no notification where the workspace does not have the feature', async () => {
    const at = `PUT /v1/projects/${stage().projectId}/entitlements/review_packs/override`;
    const { token } = stage().people.operator;
    const set = (binary_value: number) =>
      clientOf(stage().app)(at, { token, json: { binary_value, reason: 'a test' } });
    expect((await set(0)).status).toBe(200);
    await expectNothingMade('not_entitled', /does not include/);
    expect((await set(1)).status).toBe(200);
  });

  it('leaves nothing of the kind while the workspace is suspended, and what there is can be read', async () => {
    const truth = `/system/directory/workspaces/${stage().ids['workspace']}/actions/update-subscription-truth`;
    const ended = { state: 'ended', current_period_ends_at: '2026-01-10T00:00:00Z', status_reason: 'x' };
    expect((await stage().operator.act(truth, ended)).status).toBe(204);
    await expectNothingMade('lifecycle_blocked', /ended on 2026-01-10/);
    for (const [, form] of attempts()) {
      const asked = await stage().owner.page(form);
      expect([asked.status, asked.text]).toEqual([200, expect.stringContaining('This is not possible now.')]);
      expect(asked.text).not.toContain('>Confirm<');
    }
    expect(Object.keys(await contentsOf(Number(stage().ids['reviewPack'])))).toContain('audit.csv');
    const { owner } = await another(stage());
    expect((await owner.act(`${PACKS}/actions/generate`)).status).toBe(202);
  });
};

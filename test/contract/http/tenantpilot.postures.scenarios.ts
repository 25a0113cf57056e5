import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { clientOf } from '../../support/client.js';
import { POSTURES } from './tenantpilot.postures.js';
import { logicalViewModel } from './tenantpilot.published.js';
import { another, type Stage } from './tenantpilot.rig.js';

const DIRECTORY = '/system/directory/workspaces';
type Assert = (document: object) => Promise<{ readonly status: number }>;

/** How each posture is seen, in the published words. */
export const postureScenarios = (stage: () => Stage, assert: Assert) => {
  for (const posture of POSTURES)
    it(`makes "${posture.name}" seen on all three pages, each with its published view model`, async () => {
      const fresh = posture.command ? stage() : await another(stage());
      const { workspace, onboardingDraft } = fresh.ids;
      const system = `${DIRECTORY}/${workspace}`;
      if (posture.command) expect((await assert(posture.command)).status).toBe(204);
      const [shown, settings, onboarding] = await Promise.all([
        stage().operator.read(system),
        fresh.owner.read('/admin/settings/workspace'),
        fresh.owner.read(`/admin/onboarding/${onboardingDraft}`),
      ]);
      expect(shown.headers.get('x-csrf-token')).toBe(stage().operator.csrf);
      for (const [path, { body }] of [
        ['/directory/workspaces/{workspace}', shown],
        ['/settings/workspace', settings],
        ['/onboarding/{onboardingDraft}', onboarding],
      ] as const)
        expect([path, logicalViewModel(path).safeParse(body).error]).toEqual([path, undefined]);
      const { source, derived_lifecycle_state } = posture.view;
      expect(shown.body).toMatchObject({
        ...posture.view,
        subscription_present: posture.command !== undefined,
        fallback_status: posture.command === undefined,
        status_reason: posture.command?.status_reason ?? null,
        key_date_label: posture.keyDate ?? null,
        last_changed_at: posture.command ? '2026-01-15T12:00:00.000Z' : null,
        last_changed_by: posture.command ? stage().people.operator.email : null,
        needs_review: false,
        outcome: posture.outcome,
      });
      expect(settings.body).toMatchObject({
        source,
        derived_lifecycle_state,
        state_label: posture.label,
        key_date_label: posture.keyDate ?? null,
        key_date: shown.body.key_date,
      });
      expect(onboarding.body).toMatchObject({
        lifecycle_state: derived_lifecycle_state,
        source,
        outcome: posture.outcome,
        explanation: settings.body.explanation,
      });
      for (const [who, address] of [
        [stage().operator, system],
        [fresh.owner, '/admin/settings/workspace'],
        [fresh.owner, `/admin/onboarding/${onboardingDraft}`],
      ] as const) {
        const { status, text, headers } = await who.page(address);
        // What programs need to act, whichever form they look at.
        expect([headers.get('x-csrf-token'), headers.get('vary')]).toEqual([who.csrf, 'Accept']);
        expect([status, text]).toEqual([200, expect.stringContaining(posture.label)]);
        expect(text).toContain(settings.body.explanation);
      }
    });

  it('documents itself without a gap to the published contract', async () => {
    const document = await clientOf(stage().app)('GET /docs/tenantpilot.json');
    const directory = await mkdtemp(join(tmpdir(), 'tollhouse-'));
    const served = join(directory, 'served.json');
    await writeFile(served, document.text);
    const tool = 'test/support/tools/contract-gap.mjs';
    const contract = 'test/contract/published/facts/tenantpilot-subscription-truth.json';
    const args = [tool, '--contract', contract, '--served', served, '--verbose'];
    // The tool exits with 1 when there is a gap; what it prints says which.
    const { stdout } = await promisify(execFile)(process.execPath, args).catch((failed) => failed);
    await rm(directory, { recursive: true });
    expect(stdout).toMatch(/^operations 9\/9, statuses (\d+)\/\1, /);
    expect((await clientOf(stage().app)('GET /docs')).text).toContain('/docs/tenantpilot.json');
  });
};

import { expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import type { Allowance } from '../../../src/domain/entitlements/allowance.js';
import type { LifecycleState } from '../../../src/domain/entitlements/lifecycle.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { allowed, override } from '../../support/entitled.js';
import { type Open, onStage, type Stage } from './pages.rig.js';
import { formTo } from './pages.surfer.js';

const SECTIONS = ['storage', 'file-systems', 'usage', 'billing'] as const;
const text = (markup: string): string =>
  markup
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** What the pages of a project say of its limits. */
export const limitsScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const account = () => on.here.projectId as AccountId;
  const limit = (feature: string, allowance: Allowance) =>
    override({ entitlements: on.app.container.get(ports.entitlements) }, account(), feature, allowance);
  const stand = async (state: LifecycleState): Promise<void> => {
    const setting = { state, reason: 'for a test', changedAt: on.app.clock.now(), changedBy: 'test' };
    const set = await on.app.container
      .get(ports.workspaces)
      .run((tx) =>
        tx.truth
          .of(account())
          .andThen(({ setting: before }) =>
            tx.truth.set(account(), { ...setting, version: (before?.version ?? 0) + 1 }),
          ),
      );
    expect(set.isOk()).toBe(true);
  };
  /** What is said of limits, if anything is. */
  const told = async (section: (typeof SECTIONS)[number], by = on.owner): Promise<string | undefined> => {
    const page = await by.get(`/app/projects/${on.here.projectId}/${section}`);
    expect(page.status).toBe(200);
    const [, banner] = /<section class="limits"[^>]*>(.*?)<\/section>/s.exec(page.text) ?? [];
    return banner === undefined ? undefined : text(banner);
  };

  it('say nothing of limits that are far away, on no page', async () => {
    for (const section of SECTIONS) expect(await told(section)).toBeUndefined();
  });

  it('name what is near its limit, at it or beyond it, on each page, and to owners what to do', async () => {
    await limit('connections', allowed(1));
    await limit('file_systems', allowed(1, { soft: true }));
    await limit('members', allowed(2));
    await limit('buckets', allowed(10, { warnPercent: 5 }));
    await limit('gateways', allowed(0));
    const said = [
      '1 of 10 buckets are used: soon nothing can be added.',
      '1 of 1 connections are used: nothing can be added.',
      '2 of 2 members are used: nothing can be added.',
      '1 of 1 file systems are used: soon nothing can be added.',
      '1 of 0 gateways are there, more than there may be: nothing is deleted, and nothing can be added.',
    ];
    for (const section of SECTIONS) {
      const banner = await told(section);
      for (const line of said) expect(banner).toContain(line);
      expect(banner).toContain('Choose a larger plan');
    }
    expect(await told('storage', on.member)).not.toContain('Choose a larger plan');
  });

  it('say that a project is suspended, and refuse what would make something, but not to look', async () => {
    await stand('grace');
    expect(await told('usage')).toContain('The workspace is in its grace period');
    await stand('suspended_read_only');
    for (const section of SECTIONS)
      expect(await told(section)).toBe(
        'This project is suspended An operator suspended the workspace: what exists can be read, nothing new can be made.',
      );
    const page = await on.owner.get(`/app/projects/${on.here.projectId}/storage`);
    const form = formTo(page, /\/storage$/);
    const refused = await on.owner.submit(form, { name: 'another', region: 'local' });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('what exists can be read, nothing new can be made');
  });
};

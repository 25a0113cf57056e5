import { expect } from 'vitest';
import { clientOf } from '../../support/client.js';
import { fleetOf, settle } from './fleet.rig.js';
import type { Stage } from './pages.rig.js';
import { formsOf, formTo, type Page, type Surfer } from './pages.surfer.js';

export const isShown = (page: Page, words: string | RegExp, status = 200): void => {
  expect([page.status, page.text]).toEqual([
    status,
    typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words),
  ]);
};
export const statusOn = (page: Page): string | undefined =>
  /id="state".*?<span class="pill \w+">(\w+)</s.exec(page.text)?.[1];
/** What the forms of a page lead to. */
export const actionsOn = (page: Page): readonly string[] =>
  formsOf(page)
    .map(({ action }) => action.slice(action.lastIndexOf('/') + 1))
    .filter((action) => action !== 'sign-out');
export const idIn = (address: string): string => address.slice(address.lastIndexOf('/') + 1);
/** Sends a form of a page as it stands. */
export const press = async (surf: Surfer, page: string, deed: RegExp): Promise<Page> =>
  surf.submit(formTo(await surf.get(page), deed));

/** What people do with the file systems of a stage. */
export const fleetOn = (stage: () => Stage) => {
  const list = () => `/app/projects/${stage().here.projectId}/file-systems`;
  /** What the form sends, with the stage's bucket. */
  const typed = (over: object = {}) => ({
    source: `bucket:${stage().here.bucketId}`,
    region: 'local',
    instance_type: 'local.standard',
    ...over,
  });
  const create = async (surf: Surfer, over: object = {}): Promise<Page> => {
    const { action, fields } = formTo(await surf.get(list()), /file-systems$/);
    const { preload: _unticked, ...plain } = fields;
    return surf.post(action, { ...plain, ...typed(over) });
  };
  /** The page of a new one that runs. */
  const running = async (): Promise<string> => {
    const made = await create(stage().owner);
    await settle(stage().app);
    return (made.location ?? '').replace(/\?.*$/, '');
  };
  return { list, typed, create, running, fleet: () => fleetOf(clientOf(stage().app), stage().here) };
};

import { errAsync, okAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import { providersOf } from '../../../src/composition/providers.js';
import { ports } from '../../../src/composition/tokens.js';
import type { NotEntitled } from '../../../src/ports/fleet/entitlements.js';
import { rebind, type TestApp } from '../../support/app.js';
import { clientOf } from '../../support/client.js';
import { listen } from '../../support/event-stream.js';
import { fleetOf, leaveOnly, settle } from './fleet.rig.js';
import { elsewhere, type Open, onStage, RANDOM_ID, type Stage } from './pages.rig.js';
import { formsOf, formTo, linksOf, linkTo, type Page, type Surfer } from './pages.surfer.js';

const isShown = (page: Page, words: string | RegExp, status = 200): void => {
  expect([page.status, page.text]).toEqual([
    status,
    typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words),
  ]);
};
const statusOn = (page: Page): string | undefined =>
  /id="state".*?<span class="pill \w+">(\w+)</s.exec(page.text)?.[1];
const actionsOn = (page: Page): readonly string[] =>
  formsOf(page)
    .map(({ action }) => action.slice(action.lastIndexOf('/') + 1))
    .filter((action) => action !== 'sign-out');

/** File systems, as people see and use them who have no script. */
export const fleetPageScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const list = () => `/app/projects/${on.here.projectId}/file-systems`;
  const fleet = () => fleetOf(clientOf(on.app), on.here);
  /** What the form of the list sends as it stands, with the stage's bucket. */
  const typed = (over: object = {}) => ({
    source: `bucket:${on.here.bucketId}`,
    region: 'local',
    instance_type: 'local.standard',
    ...over,
  });
  const create = async (surf: Surfer, over: object = {}): Promise<Page> => {
    const { action, fields } = formTo(await surf.get(list()), /file-systems$/);
    const { preload: _unticked, ...plain } = fields;
    return surf.post(action, { ...plain, ...typed(over) });
  };
  const running = async (): Promise<string> => {
    const made = await create(on.owner);
    await settle(on.app);
    return (made.location ?? '').replace(/\?.*$/, '');
  };
  const press = async (surf: Surfer, page: string, deed: RegExp): Promise<Page> =>
    surf.submit(formTo(await surf.get(page), deed));
  const idIn = (address: string): string => address.slice(address.lastIndexOf('/') + 1);

  it('lead from any part of a project to its other parts, and say where one is', async () => {
    const own = `/app/projects/${on.here.projectId}`;
    for (const [page, current, how] of [
      [`${own}/storage`, 'Storage', 'page'],
      [`${own}/storage/b/${on.here.bucketId}`, 'Storage', 'true'],
      [list(), 'File systems', 'page'],
      [`${list()}/${on.ids['file_system_id']}`, 'File systems', 'true'],
      [`${list()}/${on.ids['file_system_id']}/remove`, 'File systems', 'true'],
      [`${own}/usage`, 'Usage', 'page'],
    ] as const) {
      const { text } = await on.owner.get(page);
      const [, nav = ''] = /<nav class="sections" aria-label="Project">(.*?)<\/nav>/s.exec(text) ?? [];
      expect([...nav.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
        `${own}/storage`,
        list(),
        `${own}/usage`,
      ]);
      const marked = [...nav.matchAll(/aria-current="(\w+)">([^<]*)/g)].map(([, kind, name]) => [name, kind]);
      expect([page, marked]).toEqual([page, [[current, how]]]);
    }
  });

  it('create a file system by a form, and show how far it is', async () => {
    const form = formTo(await on.admin.get(list()), /file-systems$/);
    expect(Object.keys(form.fields)).toEqual(
      expect.arrayContaining(['source', 'region', 'instance_type', 'preload']),
    );
    const made = await create(on.admin, { instance_type: 'local.large', preload: 'true' });
    const page = await on.admin.follow(made);
    isShown(page, 'Its gateway is on the way.');
    expect([statusOn(page), page.text]).toEqual([
      'pending',
      expect.stringContaining('It waits for its gateway.'),
    ]);
    expect(page.text).toMatch(/<dt>Instance type<\/dt><dd>local\.large/);
    expect(page.text).toMatch(/<dt>Preload<\/dt><dd>yes/);
    isShown(page, 'It has an address while it is served.');
    expect(linkTo(page, /\/file-systems\/[0-9a-f-]{36}$/)).toBe(made.location?.replace(/\?.*$/, ''));
    await settle(on.app);
    expect(on.app.gateways.calls).toContain('preload');
    const later = await on.admin.get(linkTo(page, /\/file-systems\/[0-9a-f-]{36}$/));
    expect([statusOn(later), later.text]).toEqual(['running', expect.stringContaining('It is served.')]);
    isShown(await on.admin.get(list()), /<bdi>files<\/bdi>.*local \/ local\.large.*running/s);
  });

  it('make one file system of a form that is sent twice, and another of one with something else in it', async () => {
    const { action, fields } = formTo(await on.owner.get(list()), /file-systems$/);
    const { preload: _unticked, ...plain } = fields;
    const send = async (over = {}) => (await on.owner.post(action, { ...plain, ...typed(over) })).location;
    const [first, second, other] = [await send(), await send(), await send({ instance_type: 'local.large' })];
    expect(first).toMatch(/\/file-systems\/[0-9a-f-]{36}\?done=created$/);
    expect([second, other === first]).toEqual([first, false]);
    expect(await send({ form_id: 'another form' })).not.toBe(first);
  });

  it('show a connection as a file system too', async () => {
    const made = await create(on.owner, { source: `connection:${on.here.connectionId}` });
    const page = await on.owner.follow(made);
    expect(page.text).toMatch(/<dt>Connection<\/dt><dd><a href="[^"]*\/storage\/c\//);
    isShown(await on.owner.get(list()), '<bdi>s3://');
  });

  it('say what is wrong with a form, beside its field, and keep what was chosen', async () => {
    for (const [over, status, field, words] of [
      [{ source: '' }, 400, 'source', 'Choose what'],
      [{ source: 'bucket:x' }, 400, 'source', 'Choose what'],
      [{ source: `bucket:${RANDOM_ID}` }, 404, 'source', 'not there any more'],
      [{ region: 'moon' }, 400, 'region', 'must be one of: local'],
      [{ instance_type: 'huge' }, 400, 'instance_type', 'must be one of: local.standard, local.large'],
    ] as const) {
      const answer = await create(on.owner, { preload: 'true', ...over });
      isShown(answer, words, status);
      expect(answer.text).toContain('<title>Error: ');
      expect(answer.text).toMatch(new RegExp(`id="${field}"[^>]* aria-invalid="true"`));
      expect(answer.text).toMatch(/name="preload"[^>]* checked/);
    }
  });

  it('show where a served file system is and how to mount it, with the password for members only', async () => {
    const page = await running();
    const { url, username, password } = (await fleet().get(idIn(page))).body.export.webdav;
    const { text } = await on.member.get(page);
    expect(text).toContain(`<code id="address">${url}</code>`);
    expect(text).toContain(`<code id="username">${username}</code>`);
    expect(text).toContain(
      `<details><summary>Show</summary><code id="password">${password}</code></details>`,
    );
    expect(text).toContain(`RCLONE_CONFIG_TOLLHOUSE_URL=&#39;${url}&#39;`);
    expect(text).toContain('rclone mount tollhouse:');
    expect(text).toMatch(/sudo mount -t davfs [^\n]*&#39;http/);
    expect(text.split(password)).toHaveLength(2);
    expect((await on.owner.get(list())).text).not.toContain(password);
  });

  it('stop a file system and start it again', async () => {
    const page = await running();
    expect(actionsOn(await on.owner.get(page))).toEqual(['desired', 'flush', 'detach']);
    const stopping = await on.owner.follow(await press(on.owner, page, /desired$/));
    isShown(stopping, 'It is being stopped');
    expect(statusOn(stopping)).toBe('running');
    await settle(on.app);
    const stopped = await on.owner.get(page);
    expect([statusOn(stopped), actionsOn(stopped)]).toEqual(['stopped', ['desired', 'detach']]);
    isShown(stopped, 'It is stopped.');
    isShown(await on.owner.follow(await press(on.owner, page, /desired$/)), 'It is being started.');
    await settle(on.app);
    expect(statusOn(await on.owner.get(page))).toBe('running');
  });

  it('flush, for members too, and say when it is done; not what is stopped', async () => {
    const page = await running();
    on.app.gateways.write(idIn(page), 2);
    const asked = await on.member.follow(await press(on.member, page, /flush$/));
    isShown(asked, 'A flush is under way.');
    await settle(on.app);
    isShown(await on.member.get(page), 'What was written before the last flush is in the bucket.');
    expect(on.app.gateways.delivered(idIn(page))).toBe(2);
    const form = formTo(await on.owner.get(page), /flush$/);
    await press(on.owner, page, /desired$/);
    await settle(on.app);
    isShown(await on.owner.submit(form), 'this one is stopped', 409);
  });

  it('show members no button that they may not press', async () => {
    const page = await running();
    const shown = await on.member.get(page);
    expect(actionsOn(shown)).toEqual(['flush']);
    expect(linksOf(shown).filter((link) => link.endsWith('/remove'))).toEqual([]);
    expect(actionsOn(await on.member.get(list()))).toEqual([]);
  });

  it('ask before they delete a file system, and then do', async () => {
    const page = await running();
    const form = formTo(await on.owner.get(page), /desired$/);
    const question = await on.owner.get(linkTo(await on.owner.get(page), /\/remove$/));
    isShown(question, 'the files in the bucket stay');
    expect(linkTo(question, new RegExp(`${idIn(page)}$`))).toBe(page);
    const gone = await on.owner.follow(await on.owner.submit(formTo(question, /remove$/)));
    isShown(gone, 'The file system is being deleted.');
    const going = await on.owner.get(page);
    expect([statusOn(going), actionsOn(going)]).toEqual(['terminating', []]);
    isShown(await on.owner.submit(form), 'The file system is being deleted.', 409);
    await settle(on.app);
    expect((await on.owner.get(page)).status).toBe(404);
  });

  it('attach a file system to a gateway of the project’s own, and detach it', async () => {
    const page = await running();
    const gateway = await fleet().madeGateway();
    expect(actionsOn(await on.owner.get(page))).not.toContain('attach');
    isShown(await on.owner.follow(await press(on.owner, page, /detach$/)), 'The gateway lets go of it');
    const again = formTo(await on.owner.get(page), /detach$/);
    await settle(on.app);
    isShown(await on.owner.get(page), 'It is stopped, and no gateway holds it.');
    const notThere = await on.owner.submit(again, { gateway_id: gateway });
    isShown(notThere, 'does not serve the file system any more', 409);
    expect((await on.owner.submit(again)).status).toBe(404);
    const attach = formTo(await on.owner.get(page), /attach$/);
    for (const [gateway_id, status] of [
      ['', 400],
      [RANDOM_ID, 404],
    ] as const)
      expect((await on.owner.submit(attach, { gateway_id })).status).toBe(status);
    expect((await on.owner.submit(again, { gateway_id: 'x' })).status).toBe(400);
    const attached = await on.owner.follow(await on.owner.submit(attach, { gateway_id: gateway }));
    isShown(attached, 'which serves whatever is attached to it');
    await settle(on.app);
    expect(statusOn(await on.owner.get(page))).toBe('running');
    isShown(
      await on.owner.submit(attach, { gateway_id: await fleet().madeGateway() }),
      'Another gateway serves the file system.',
      409,
    );
    isShown(await on.owner.get(list()), /Instances that serve.*any that are attached/s);
  });

  it('tell a page what happens to its file system, for as long as its session lasts', async () => {
    const page = await running();
    const path = `${page}/events`;
    const shown = await on.member.get(page);
    expect(shown.text).toContain(`data-events="${path}"`);
    const [, version = ''] = /data-version="(\d+)"/.exec(shown.text) ?? [];
    const cookie = `tollhouse_session=${on.member.jar.get('tollhouse_session')}`;
    const stream = await listen(on.app, path, { cookie });
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(await stream.next(1)).toMatchObject([
      { id: version, event: 'status', data: { status: 'running' } },
    ]);
    await fleet().want(idIn(page), 'stopped');
    expect(await stream.next(1)).toMatchObject([{ id: String(Number(version) + 1), event: 'status' }]);
    await stream.leave();
    const back = await listen(on.app, path, { cookie, lastEventId: version });
    expect((await back.next(1))[0]?.id).toBe(String(Number(version) + 1));
    await fleet().remove(idIn(page));
    await settle(on.app);
    await back.ended;
    expect(back.heard().at(-1)?.event).toBe('deleted');
    const { token } = on.here.member;
    expect((await on.nobody().get(path, { authorization: `Bearer ${token}` })).status).toBe(303);
  });

  it('show long lists page by page, and refuse tokens that are not theirs', async () => {
    const first = await on.owner.get(`${list()}?page_size=1`);
    expect(first.text.match(/<th scope="row"><a href/g)).toHaveLength(1);
    expect((await on.owner.get(linkTo(first, /[?&]page_token=/))).status).toBe(200);
    expect((await on.owner.get(linkTo(first, /gateways_token=/))).status).toBe(200);
    expect((await on.owner.get(`${list()}?page_token=nonsense`)).status).toBe(400);
    expect((await on.owner.get(`${list()}?gateways_token=nonsense`)).status).toBe(400);
  });

  it('say what a project lacks before it can have a file system', async () => {
    const { action } = formTo(await on.stranger.get('/app'), /^\/app$/);
    const made = await on.stranger.post(action, { csrf: on.csrf.stranger, name: 'Empty' });
    const empty = (made.location ?? '').replace(/storage$/, 'file-systems');
    const page = await on.stranger.get(empty);
    isShown(page, 'Create a bucket first');
    isShown(page, 'There are no file systems yet.');
    expect(actionsOn(page)).toEqual([]);
  });

  it('say so when there is no gateway, no right, no room or no project any more', async () => {
    const now = { provided: true, entitled: true };
    const override = (container: TestApp['container']): void => {
      const [working, none] = [container.get(ports.providers), providersOf([])];
      const those = () => (now.provided ? working : none);
      rebind(container, ports.providers, {
        offers: () => those().offers(),
        get: (name) => those().get(name),
      });
      const refused = errAsync<void, NotEntitled>({ kind: 'not_entitled', reason: 'it is a free one' });
      const mayLaunch = () => (now.entitled ? okAsync<void, NotEntitled>(undefined) : refused);
      rebind(container, ports.fleetEntitlements, { mayLaunch });
    };
    await elsewhere(open({ override }), answered, async ({ app, here, ids, owner }) => {
      const own = `/app/projects/${here.projectId}/file-systems`;
      const page = `${own}/${ids['file_system_id']}`;
      const form = formTo(await owner.get(own), /file-systems$/);
      const source = `bucket:${here.bucketId}`;
      const make = () => owner.submit(form, { source, region: 'local', instance_type: '', preload: '' });
      for (const deed of [/detach$/, /desired$/]) {
        await settle(app);
        await press(owner, page, deed);
      }
      await settle(app);
      expect(statusOn(await owner.get(page))).toBe('running');
      await press(owner, page, /detach$/);
      await settle(app);
      const start = formTo(await owner.get(page), /desired$/);
      now.entitled = false;
      isShown(await make(), 'it is a free one', 403);
      isShown(await owner.submit(start), 'it is a free one', 403);
      Object.assign(now, { provided: false, entitled: true });
      isShown(await make(), 'No gateway can be run here', 409);
      isShown(await owner.submit(start), 'No gateway can be run here', 409);
      isShown(await owner.get(own), 'can run no gateways at the moment');
      now.provided = true;
      await leaveOnly(app, here.projectId, 'gateways', 0);
      isShown(await make(), 'limit of 100', 403);
      isShown(await owner.submit(start), 'limit of 100', 403);
    });
  });
};

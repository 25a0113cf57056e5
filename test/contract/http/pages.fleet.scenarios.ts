import { expect, it } from 'vitest';
import { settle } from './fleet.rig.js';
import { actionsOn, fleetOn, idIn, isShown, statusOn } from './pages.fleet.rig.js';
import { type Open, onStage, RANDOM_ID, type Stage } from './pages.rig.js';
import { formTo, linksOf, linkTo, type Surfer } from './pages.surfer.js';

/** File systems, as people make and see them who have no script. */
export const fleetPageScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const { list, typed, create, running, fleet } = fleetOn(() => on);

  const sections = async (who: Surfer, page: string): Promise<string> => {
    const { text } = await who.get(page);
    return /<nav class="sections" aria-label="Project">(.*?)<\/nav>/s.exec(text)?.[1] ?? '';
  };

  it('lead from any part of a project to its other parts, and say where one is', async () => {
    const own = `/app/projects/${on.here.projectId}`;
    for (const [page, current, how] of [
      [`${own}/storage`, 'Storage', 'page'],
      [`${own}/storage/b/${on.here.bucketId}`, 'Storage', 'true'],
      [list(), 'File systems', 'page'],
      [`${list()}/${on.ids['file_system_id']}`, 'File systems', 'true'],
      [`${list()}/${on.ids['file_system_id']}/remove`, 'File systems', 'true'],
      [`${own}/usage`, 'Usage', 'page'],
      [`${own}/billing`, 'Billing', 'page'],
      [`${own}/billing/cancel`, 'Billing', 'true'],
    ] as const) {
      const nav = await sections(on.owner, page);
      expect([...nav.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([
        `${own}/storage`,
        list(),
        `${own}/usage`,
        `${own}/billing`,
      ]);
      const marked = [...nav.matchAll(/aria-current="(\w+)">([^<]*)/g)].map(([, kind, name]) => [name, kind]);
      expect([page, marked]).toEqual([page, [[current, how]]]);
    }
    for (const who of [on.member, on.admin])
      expect(await sections(who, `${own}/usage`)).toMatch(/Usage<\/a><\/li><\/ul>$/);
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

  it('show members no button that they may not press', async () => {
    const page = await running();
    const shown = await on.member.get(page);
    expect(actionsOn(shown)).toEqual(['flush']);
    expect(linksOf(shown).filter((link) => link.endsWith('/remove'))).toEqual([]);
    expect(actionsOn(await on.member.get(list()))).toEqual([]);
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
};

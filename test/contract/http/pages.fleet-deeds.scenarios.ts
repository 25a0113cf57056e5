import { errAsync, okAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import { providersOf } from '../../../src/composition/providers.js';
import { ports } from '../../../src/composition/tokens.js';
import type { NotEntitled } from '../../../src/ports/fleet/entitlements.js';
import { rebind, type TestApp } from '../../support/app.js';
import { clientOf } from '../../support/client.js';
import { aRefusal } from '../../support/entitled.js';
import { listen } from '../../support/event-stream.js';
import { fleetOf, leaveOnly, settle } from './fleet.rig.js';
import { actionsOn, fleetOn, idIn, isShown, press, statusOn } from './pages.fleet.rig.js';
import { elsewhere, type Open, onStage, RANDOM_ID, type Stage } from './pages.rig.js';
import { formTo, linkTo } from './pages.surfer.js';

/** What people do with file systems who have no script, and what comes of it. */
export const fleetDeedScenarios = (open: Open, answered: Set<string>) => {
  let on: Stage;
  onStage(open, answered, (stage) => {
    on = stage;
  });
  const { list, running, fleet } = fleetOn(() => on);

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

  it('ask before they discard what a bucket does not take, say what is lost, and then do', async () => {
    const page = await running();
    const id = idIn(page);
    const link = /\/discard$/;
    const hasLink = async () => /href="[^"]*\/discard"/.test((await on.owner.get(page)).text);
    on.app.gateways.write(id, 1);
    on.app.gateways.jam(id);
    expect(await hasLink()).toBe(false);
    await on.owner.submit(formTo(await on.owner.get(`${page}/remove`), /remove$/));
    expect(await hasLink()).toBe(true);
    expect((await on.member.get(page)).text).not.toContain('/discard"');
    const question = await on.owner.get(linkTo(await on.owner.get(page), link));
    isShown(question, /is lost for good.*What is in the bucket stays/s);
    expect(linkTo(question, new RegExp(`${id}$`))).toBe(page);
    expect(statusOn(await on.owner.get(page))).toBe('terminating');
    const gone = await on.owner.follow(await on.owner.submit(formTo(question, link)));
    isShown(gone, 'being deleted, and what was not in the bucket yet with it');
    await settle(on.app);
    expect((await on.owner.get(page)).status).toBe(404);
    expect(on.app.gateways.delivered(id)).toBe(0);
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

  it('tell a page what happens to its file system, from where it was until that is gone', async () => {
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

  it('tell a page nothing more once its session is over', async () => {
    await elsewhere(
      open({ timing: { heartbeatMs: 50 } }),
      answered,
      async ({ app, here, ids, member, csrf }) => {
        const path = `/app/projects/${here.projectId}/file-systems/${ids['file_system_id']}/events`;
        const cookie = `tollhouse_session=${member.jar.get('tollhouse_session')}`;
        const stream = await listen(app, path, { cookie });
        await stream.comments(2);
        expect((await member.post('/sign-out', { csrf: csrf.member })).status).toBe(303);
        await stream.ended;
        expect(stream.heard()).toHaveLength(1);
        expect((await listen(app, path, { cookie })).headers.get('content-type')).not.toBe(
          'text/event-stream',
        );
      },
    );
  });

  it('say so when there is no gateway, no right, no room or no project any more', async () => {
    const now = { provided: true, entitled: true };
    const override = (container: TestApp['container']): void => {
      const [working, none] = [container.get(ports.providers), providersOf([])];
      const those = () => (now.provided ? working : none);
      rebind(container, ports.providers, {
        // The paid one first.
        offers: () =>
          those()
            .offers()
            .map((offer) => ({ ...offer, instanceTypes: offer.instanceTypes.toReversed() })),
        get: (name) => those().get(name),
      });
      const decision = aRefusal('paid_instances');
      const refused = errAsync<void, NotEntitled>({
        kind: 'not_entitled',
        reason: 'it is a free one',
        decision,
      });
      const mayLaunch = () => (now.entitled ? okAsync<void, NotEntitled>(undefined) : refused);
      rebind(container, ports.fleetEntitlements, { mayLaunch });
    };
    await elsewhere(open({ override }), answered, async ({ app, here, ids, owner }) => {
      const own = `/app/projects/${here.projectId}/file-systems`;
      const page = `${own}/${ids['file_system_id']}`;
      const listed = await owner.get(own);
      expect(listed.text).toMatch(
        /<option value="local.large">.*<option value="local.standard" selected>.*free/s,
      );
      const form = formTo(listed, /file-systems$/);
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
      const gateway = await fleetOf(clientOf(app), here).madeGateway();
      now.entitled = false;
      isShown(await make(), 'it is a free one', 403);
      isShown(await owner.submit(start), 'it is a free one', 403);
      const attach = formTo(await owner.get(page), /attach$/);
      isShown(await owner.submit(attach, { gateway_id: gateway }), 'it is a free one', 403);
      Object.assign(now, { provided: false, entitled: true });
      isShown(await make(), 'No gateway can be run here', 409);
      isShown(await owner.submit(start), 'No gateway can be run here', 409);
      isShown(await owner.get(own), 'can run no gateways at the moment');
      now.provided = true;
      // The one that is there has a place of its own.
      await leaveOnly(app, here.projectId, 'gateways', 1);
      isShown(await make(), 'may have 100 gateways', 403);
      isShown(await owner.submit(start), 'may have 100 gateways', 403);
    });
  });
};

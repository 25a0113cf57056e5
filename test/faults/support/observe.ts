import { expect } from 'vitest';
import { clientOf } from '../../support/client.js';
import type { Site } from './deeds.js';
import { digestOf, type Model, newModel, type Possible } from './history.js';
import type { Program } from './server.js';

type Bucket = { readonly id: string; readonly name: string; readonly status: string };
type Membership = { readonly id: string; readonly role: string; readonly user_id?: string };

const downloaded = async (api: Program, { owner }: Site, bucket: string, key: string): Promise<string> => {
  const at = `${api.origin}/v1/buckets/${bucket}/objects/download?key=${encodeURIComponent(key)}`;
  const answer = await fetch(at, { headers: { authorization: `Bearer ${owner.token}` } });
  expect([answer.status, key]).toEqual([200, key]);
  return digestOf(new Uint8Array(await answer.arrayBuffer()));
};

const objectsSeen = async (api: Program, site: Site, bucket: string): Promise<Map<string, string>> => {
  const call = clientOf({ url: api.origin });
  const seen = new Map<string, string>();
  for (const prefix of ['', 'folder/']) {
    const at = `GET /v1/buckets/${bucket}/objects?prefix=${prefix}`;
    const { status, body } = await call(at, { token: site.owner.token });
    expect(status).toBe(200);
    for (const { key, type } of body.items as { key: string; type: string }[])
      if (type === 'file') seen.set(key, await downloaded(api, site, bucket, key));
  }
  return seen;
};

/** Everything one process shows: what is there is among what is possible, and from here on it is what there is. */
export const observe = async (api: Program, site: Site, possible: Possible): Promise<Model> => {
  const { owner, guests, project, model } = site;
  const call = clientOf({ url: api.origin });
  const seen = { ...newModel(), fading: model.fading };
  const { token } = owner;
  const listed = (await call(`GET /v1/projects/${project}/buckets`, { token })).body.items as Bucket[];
  const living = listed.filter(({ status }) => status !== 'deleting').map(({ id, name }) => [name, id]);
  expect(new Map(living as [string, string][])).toEqual(
    new Map([...model.buckets].map(([name, { id }]) => [name, id])),
  );
  for (const [name, { id }] of model.buckets) {
    const objects = await objectsSeen(api, site, id);
    const may = possible.objects.get(name);
    for (const key of new Set([...objects.keys(), ...(may?.keys() ?? [])]))
      expect([...(may?.get(key) ?? [undefined])], `${name} ${key}`).toContain(objects.get(key));
    seen.buckets.set(name, { id, objects });
  }
  const items = (await call(`GET /v1/projects/${project}/memberships`, { token })).body.items as Membership[];
  for (const [guest, roles] of possible.members) {
    const mine = items.filter(({ user_id }) => user_id === guests[guest]?.id);
    expect(mine.length).toBeLessThanOrEqual(1);
    expect([...roles], `guest ${guest}`).toContain(mine[0]?.role);
    if (mine[0]) seen.members.set(guest, mine[0]);
  }
  expect(items).toHaveLength(seen.members.size + 1);
  return seen;
};

import type { Prefix } from '../../../src/domain/storage/object-key.js';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import type { TestAppOptions } from '../../support/app.js';
import {
  type Answer,
  type Client,
  clientOf,
  connectionJson,
  type World,
  world,
} from '../../support/client.js';
import { changedStore } from './containers.js';
import type { Open } from './rig.js';

type Check = { readonly name: string; readonly ok: boolean; readonly message?: string };
export const checksOf = ({ body }: Answer): readonly Check[] => body.checks;
export const oksOf = (answer: Answer) =>
  Object.fromEntries(checksOf(answer).map(({ name, ok }) => [name, ok]));
export const ALL = { credentials: true, list: true, read: true, write: true, delete: true };

const { access_key_id: id, secret_access_key: secret } = connectionJson('any');
/** The keys of the world's connection. */
export const KEYS = { id, secret };

export const verify = (client: Client, world: World, conn = world.connectionId) =>
  client(`POST /v1/connections/${conn}:verify`, { token: world.admin.token });
export const statusOf = async (client: Client, world: World, conn = world.connectionId): Promise<string> =>
  (await client(`GET /v1/connections/${conn}`, { token: world.member.token })).body.status;

/** A server whose customers' store is, once its world is made, the usual one but for some of its functions. */
export const storeChanged =
  (open: Open, answered: Set<string>) =>
  async (
    change: (store: ObjectStore) => Partial<ObjectStore> = () => ({}),
    override: TestAppOptions['override'] = () => undefined,
  ) => {
    let begun = false;
    const other = await open({
      override: async (container) => {
        changedStore('connections', (store) => (begun ? change(store) : {}))(container);
        await override(container);
      },
    });
    const client = clientOf(other);
    const there = await world(other, client);
    begun = true;
    const keys = async (): Promise<readonly string[]> => {
      const request = { prefix: '' as Prefix, limit: 1_000 };
      const listed = await other.strangers.s3.objects.list(`their-${there.projectId}`, request);
      return listed._unsafeUnwrap().entries.map((entry) => (entry.type === 'file' ? entry.object.key : ''));
    };
    const close = async () => {
      for (const line of other.answered) answered.add(line);
      await other.close();
    };
    return { other, client, there, keys, close };
  };

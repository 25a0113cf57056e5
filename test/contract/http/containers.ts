import type { Container } from 'inversify';
import { ports } from '../../../src/composition/tokens.js';
import type { ForeignStore } from '../../../src/ports/storage/foreign-stores.js';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import { rebind } from '../../support/app.js';
import type { World } from '../../support/client.js';

/** What objects lie in, as the paths of the API name it. */
export type Where = 'buckets' | 'connections';

/** The world's own container of this kind. */
export const idIn = (where: Where, { bucketId, connectionId }: World): string =>
  where === 'buckets' ? bucketId : connectionId;

type Change = (store: ObjectStore) => Partial<ObjectStore>;

/** The usual store but for some of its functions, below containers of this kind. */
export const changedStore =
  (where: Where, change: Change) =>
  (container: Container): void => {
    if (where === 'buckets') {
      const store = container.get(ports.objects);
      rebind(container, ports.objects, { ...store, ...change(store) });
      return;
    }
    const stores = container.get(ports.foreignStores);
    rebind(container, ports.foreignStores, {
      open: (...given): ForeignStore => {
        const store = stores.open(...given);
        return { ...store, ...change(store) };
      },
    });
  };

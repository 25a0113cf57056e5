import type { EventFeed } from '../../../ports/fleet/unit-of-work.js';
import type { DomainEvent } from '../../../ports/shared/events.js';
import type { MemoryStore } from '../kit/store.js';
import { TABLES } from '../shared/rows.js';

const AT_MOST = 100;

/** Events as they come to be, on a memory store. */
export const memoryEventFeed = (store: MemoryStore): EventFeed => ({
  since: (positions) =>
    store
      .read<DomainEvent>(TABLES.events)
      .all()
      .map((events) =>
        positions.flatMap(({ stream, after }) =>
          events
            .filter((event) => event.stream === stream && event.seq > after)
            .sort((a, b) => a.seq - b.seq)
            .slice(0, AT_MOST),
        ),
      ),
});

import { err, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type * as z from 'zod';
import type { NewUsage, RowOutcome } from '../../../application/entitlements/index.js';
import type { Forbidden, NotFound, Unavailable } from '../../../ports/shared/failure.js';
import type { Unauthenticated } from '../kit/guard.js';
import type { App } from './app.js';
import { words } from './dialect.js';
import type { UsageEventsDto, UsageOutcomesDto } from './feature-usage-schemas.js';
import type { Recorder } from './guards.js';

type Event = z.output<typeof UsageEventsDto>['events'][number];
type Shut = NotFound | Forbidden;
type Doors = ReadonlyMap<string, Result<NewUsage['accountId'], Shut>>;
/** What became of an event. */
export type EventOutcome = {
  readonly key: string;
  readonly became: RowOutcome | { readonly outcome: 'refused'; readonly failure: Shut };
};

/** In which of these projects the sender may record; each is asked for once. */
const doorsOf = (
  events: readonly Event[],
  recorder: Recorder,
): ResultAsync<Doors, Unauthenticated | Unavailable> =>
  [...new Set(events.map(({ project_id: id }) => id))].reduce<
    ResultAsync<Doors, Unauthenticated | Unavailable>
  >(
    (found, id) =>
      found.andThen((doors) =>
        recorder
          .in(id)
          .map(({ accountId }): Result<NewUsage['accountId'], Shut> => ok(accountId))
          .orElse((failure) =>
            failure.kind === 'not_found' || failure.kind === 'forbidden' ? ok(err(failure)) : err(failure),
          )
          .map((door) => new Map(doors).set(id, door)),
      ),
    okAsync(new Map()),
  );

const usageOf = ({ feature, value, used_at: usedAt, key }: Event, accountId: NewUsage['accountId']) => ({
  accountId,
  feature,
  value,
  usedAt,
  key,
});

/** Those who may not enter a project are told so for its events alone. */
export const recordEvents = (
  { entitlements }: Pick<App, 'entitlements'>,
  events: readonly Event[],
  recorder: Recorder,
) =>
  doorsOf(events, recorder).andThen((doors) => {
    const usages = events.flatMap((event) => {
      const door = doors.get(event.project_id);
      return door?.isOk() ? [usageOf(event, door.value)] : [];
    });
    return entitlements.recordBatch(usages, recorder.by).map((outcomes) => {
      const next = outcomes[Symbol.iterator]();
      return events.flatMap((event): EventOutcome[] => {
        const door = doors.get(event.project_id);
        const became = door?.isErr()
          ? { outcome: 'refused' as const, failure: door.error }
          : (next.next().value as RowOutcome | undefined);
        return became ? [{ key: event.key, became }] : [];
      });
    });
  });

const presentOutcome = ({ key, became }: EventOutcome): z.input<typeof UsageOutcomesDto>['items'][number] => {
  if (became.outcome !== 'refused') return { key, outcome: became.outcome, id: became.record.id };
  const { failure } = became;
  return {
    key,
    outcome: 'refused',
    code: failure.kind,
    ...('field' in failure && { field: failure.field }),
    message: words[failure.kind]?.(failure) ?? failure.kind,
  };
};

export const presentOutcomes = (outcomes: readonly EventOutcome[]): z.input<typeof UsageOutcomesDto> => {
  const refused = outcomes.filter(({ became }) => became.outcome === 'refused').length;
  return { items: outcomes.map(presentOutcome), recorded: outcomes.length - refused, refused };
};

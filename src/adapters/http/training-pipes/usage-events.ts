import { err, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type * as z from 'zod';
import type { NewUsage, RowOutcome } from '../../../application/entitlements/index.js';
import { type Forbidden, NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import type { Unauthenticated } from '../kit/guard.js';
import type { App } from './app.js';
import { words } from './dialect.js';
import type { Unreadable, UsageEvent, UsageEventsDto, UsageOutcomesDto } from './feature-usage-schemas.js';
import type { Recorder } from './guards.js';

type Row = z.output<typeof UsageEventsDto>['events'][number];
type Shut = NotFound | Forbidden;
type Doors = ReadonlyMap<string, Result<NewUsage['accountId'], Shut>>;
/** What became of an event. */
export type EventOutcome = {
  readonly key: string;
  readonly became:
    | RowOutcome
    | { readonly outcome: 'refused'; readonly failure: Shut | Unreadable['failure'] };
};

/** In which of these projects the sender may record; each is asked for once. */
const doorsOf = (
  events: readonly UsageEvent[],
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

const refusedEvent = (key: string, failure: Shut | Unreadable['failure']) =>
  err<never, EventOutcome>({ key, became: { outcome: 'refused', failure } });

/** An event as it is to be recorded, or what has become of it already. */
const admitted = (row: Row, doors: Doors): Result<NewUsage, EventOutcome> => {
  if (row.isErr()) return refusedEvent(row.error.key, row.error.failure);
  const { project_id: id, feature, value, used_at: usedAt, key } = row.value;
  const door = doors.get(id) ?? err(NOT_FOUND);
  return door.isOk()
    ? ok({ accountId: door.value, feature, value, usedAt, key })
    : refusedEvent(key, door.error);
};

const allOf = <T>(results: readonly Result<T, unknown>[]): readonly T[] =>
  results.filter((result) => result.isOk()).map(({ value }) => value);

/** What cannot be read, and what is of a project that its sender may not enter, is refused alone. */
export const recordEvents = (
  { entitlements }: Pick<App, 'entitlements'>,
  rows: readonly Row[],
  recorder: Recorder,
) =>
  doorsOf(allOf(rows), recorder).andThen((doors) => {
    const judged = rows.map((row) => admitted(row, doors));
    return entitlements.recordBatch(allOf(judged), recorder.by).map((outcomes) => {
      let next = 0;
      return judged.map((one): EventOutcome => {
        if (one.isErr()) return one.error;
        const became = outcomes[next++];
        if (became === undefined) throw new Error(`nothing became of the event ${one.value.key}`);
        return { key: one.value.key, became };
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

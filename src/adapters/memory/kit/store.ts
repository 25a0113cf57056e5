import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../../ports/shared/failure.js';

/** One table as a unit sees it: its snapshot with its own changes on top. Rows go in and come out as copies. */
export type MemoryTable<Row> = {
  readonly get: (id: string) => ResultAsync<Row | undefined, never>;
  readonly all: () => ResultAsync<readonly Row[], never>;
  readonly put: (id: string, row: Row) => ResultAsync<void, never>;
  readonly remove: (id: string) => ResultAsync<void, never>;
};

export type MemoryTx = {
  readonly table: <Row>(name: string) => MemoryTable<Row>;
  /** A unique index: true when `value` is now (or was already) this id's, false when it is another's. */
  readonly claimUnique: (index: string, value: string, id: string) => ResultAsync<boolean, never>;
  readonly releaseUnique: (index: string, value: string) => ResultAsync<void, never>;
  /** A share lock: the unit commits only if nobody has changed the row meanwhile; `runExclusive` sees it. */
  readonly lock: (table: string, id: string) => ResultAsync<void, never>;
};

/** Committed rows of one moment. */
export type MemoryLook = <Row>(table: string) => {
  readonly get: (id: string) => Row | undefined;
  readonly all: () => readonly Row[];
};

export type MemoryStore = {
  readonly run: <T, E>(work: (tx: MemoryTx) => ResultAsync<T, E>) => ResultAsync<T, E | Unavailable>;
  readonly runExclusive: <T, E>(
    accountId: string,
    work: (tx: MemoryTx) => ResultAsync<T, E>,
  ) => ResultAsync<T, E | Unavailable>;
  /** Committed rows for readers outside units; each call sees the newest state. */
  readonly read: <Row>(table: string) => Pick<MemoryTable<Row>, 'get' | 'all'>;
  /** Several tables at one moment, as one SQL statement would see them. */
  readonly look: <T>(at: (table: MemoryLook) => T) => ResultAsync<T, never>;
};

type Cell = { readonly value: unknown; readonly version: number };
type State = ReadonlyMap<string, ReadonlyMap<string, Cell>>;
type Key = readonly [table: string, id: string];
/** `guards` must have kept the version of the snapshot; `writes` hold undefined for a removed row. */
type Unit = {
  readonly snapshot: State;
  readonly guards: Key[];
  readonly writes: Map<string, Map<string, unknown>>;
};

// A conflict costs nothing here, so a crowd on one row gets through in as many rounds as it has members.
const ATTEMPTS = 200;
const LOCKS = 'row locks';
const ACCOUNTS = 'accounts';

const lockId = (table: string, id: string): string => `${table}/${id}`;
const cellOf = (state: State, [table, id]: Key): Cell | undefined => state.get(table)?.get(id);
const copy = <Row>(value: unknown): Row => structuredClone(value) as Row;

const change = (unit: Unit, [table, id]: Key, value: unknown): void => {
  const rows = unit.writes.get(table) ?? new Map<string, unknown>();
  unit.writes.set(table, rows.set(id, value));
};

const valueIn = (unit: Unit, key: Key): unknown => {
  const own = unit.writes.get(key[0]);
  return own?.has(key[1]) ? own.get(key[1]) : cellOf(unit.snapshot, key)?.value;
};

const rowsIn = (unit: Unit, table: string): readonly unknown[] => {
  const rows = new Map<string, unknown>();
  for (const [id, cell] of unit.snapshot.get(table) ?? []) rows.set(id, cell.value);
  for (const [id, value] of unit.writes.get(table) ?? []) rows.set(id, value);
  return [...rows.values()].filter((value) => value !== undefined);
};

const applied = (state: State, writes: Unit['writes'], version: number): State => {
  const next = new Map(state);
  for (const [table, changes] of writes) {
    const rows = new Map(next.get(table));
    for (const [id, value] of changes) {
      if (value === undefined) rows.delete(id);
      else rows.set(id, { value, version });
    }
    next.set(table, rows);
  }
  return next;
};

type Step = <T>(act: () => T) => ResultAsync<T, never>;

const txOf = (unit: Unit, step: Step): MemoryTx => {
  const write = (key: Key, value: unknown): void => {
    unit.guards.push(key);
    change(unit, key, value);
  };
  return {
    table: <Row>(name: string) => ({
      get: (id) => step(() => copy<Row | undefined>(valueIn(unit, [name, id]))),
      all: () => step(() => copy<readonly Row[]>(rowsIn(unit, name))),
      put: (id, row) => {
        const value = copy(row);
        return step(() => write([name, id], value));
      },
      remove: (id) => step(() => write([name, id], undefined)),
    }),
    claimUnique: (index, value, id) =>
      step(() => {
        const key: Key = [`unique ${index}`, value];
        const owner = valueIn(unit, key);
        if (owner === undefined) write(key, id);
        return owner === undefined || owner === id;
      }),
    releaseUnique: (index, value) => step(() => write([`unique ${index}`, value], undefined)),
    lock: (table, id) =>
      step(() => {
        unit.guards.push([table, id]);
        change(unit, [LOCKS, lockId(table, id)], true);
      }),
  };
};

/** Like FOR UPDATE on the account: neither its row nor anybody's lock on it may have moved when this commits. */
const lockExclusively = (unit: Unit, accountId: string): void => {
  const lock: Key = [LOCKS, lockId(ACCOUNTS, accountId)];
  unit.guards.push([ACCOUNTS, accountId], lock);
  change(unit, lock, true);
};

const conflict: Unavailable = { kind: 'unavailable', dependency: 'memory', cause: { code: '40001' } };

/**
 * Tables in memory with PostgreSQL's REPEATABLE READ: each unit works on the snapshot of its start, the
 * first to commit wins, the others run again. There is no lock to wait for: every call gives way
 * (`yieldTo`) before it acts, so units interleave as the caller of `yieldTo` decides.
 */
export const memoryStore = ({
  yieldTo = () => Promise.resolve(),
}: {
  readonly yieldTo?: () => Promise<void>;
} = {}): MemoryStore => {
  let committed: State = new Map();
  let version = 0;

  const step: Step = (act) => new ResultAsync(yieldTo().then(() => ok(act())));

  const commit = ({ snapshot, guards, writes }: Unit): boolean => {
    const moved = (key: Key) => cellOf(committed, key)?.version !== cellOf(snapshot, key)?.version;
    if (guards.some(moved)) return false;
    version += 1;
    committed = applied(committed, writes, version);
    return true;
  };

  const attempt = async <T, E>(
    work: (tx: MemoryTx) => ResultAsync<T, E>,
    prepare: (unit: Unit) => void,
  ): Promise<Result<T, E | Unavailable>> => {
    for (let tries = 1; tries <= ATTEMPTS; tries += 1) {
      await yieldTo();
      const unit: Unit = { snapshot: committed, guards: [], writes: new Map() };
      prepare(unit);
      const result = await work(txOf(unit, step));
      await yieldTo();
      if (result.isErr() || commit(unit)) return result;
    }
    return err(conflict);
  };

  const look: MemoryStore['look'] = (at) =>
    step(() =>
      at(<Row>(name: string) => ({
        get: (id: string) => copy<Row | undefined>(cellOf(committed, [name, id])?.value),
        all: () => [...(committed.get(name)?.values() ?? [])].map((cell) => copy<Row>(cell.value)),
      })),
    );

  return {
    run: (work) => new ResultAsync(attempt(work, () => undefined)),
    runExclusive: (accountId, work) =>
      new ResultAsync(attempt(work, (unit) => lockExclusively(unit, accountId))),
    look,
    read: <Row>(name: string) => ({
      get: (id) => look((table) => table<Row>(name).get(id)),
      all: () => look((table) => table<Row>(name).all()),
    }),
  };
};

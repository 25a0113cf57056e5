import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { grantOf, hasRoom, isUnlimited, limited, type Want } from '../../../domain/storage/allotment.js';
import { NOTHING, type StorageSize, sum } from '../../../domain/storage/storage-size.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { LimitRefusal } from '../../../ports/shared/limit-refusal.js';
import type { StorageAllotments } from '../../../ports/storage/allotments.js';
import type { StorageRule } from '../../../ports/storage/limits.js';
import type { Gate } from './gate.js';
import type { Holdings } from './holdings.js';
import { rounds } from './rounds.js';
import type { Tally } from './tally.js';

/** Somebody who is about to store something; `hold` is called the moment there is room for it. */
export type Storing = Want<LimitRefusal> & { readonly hold: () => void };
type Refusals = ReadonlyMap<Storing, LimitRefusal>;

/**
 * What this process stores, and has stored and not handed over, is covered by room that it has set aside in the
 * database, where all of it is known: so any number of processes together keep to a limit exactly. Room is asked for
 * with some to spare, which goes back within two seconds after it was last asked for; until then somebody else may be
 * refused for its sake, of a thirty-second of what was left. The nearer to the limit, the less there is to spare and the
 * more often it is asked for: at the limit itself by everybody.
 */
export type Escrow = {
  /** What is being stored at this moment. */
  readonly claimed: (account: AccountId) => StorageSize;
  readonly claim: (account: AccountId, more: StorageSize) => void;
  /** Whether so much more is covered as it is. */
  readonly covers: (account: AccountId, rule: StorageRule, more: StorageSize) => boolean;
  /** Asks for room and answers why there is none; whoever comes while somebody is about to asks together with them. */
  readonly ask: (account: AccountId, storing: Storing) => ResultAsync<LimitRefusal | undefined, Unavailable>;
  /** Says what is still needed and gives back the rest; at the end, all that nobody needs. */
  readonly settle: (atEnd: boolean) => ResultAsync<void, Unavailable>;
};

type Deps = {
  readonly allotments: StorageAllotments;
  readonly tally: Pick<Tally, 'waiting' | 'owed' | 'flush'>;
  readonly holdings: Holdings;
  readonly gate: Gate;
  readonly clock: Clock;
};

const claims = () => {
  const claimed = new Map<AccountId, StorageSize>();
  const of = (account: AccountId): StorageSize => claimed.get(account) ?? NOTHING;
  const claim = (account: AccountId, more: StorageSize): void => {
    const now = sum(of(account), more);
    if (now.bytes === 0 && now.objects === 0) claimed.delete(account);
    else claimed.set(account, now);
  };
  return { of, claim };
};

/** Room for some who are about to store something, one request for all of them. */
const granting = ({ allotments, tally, holdings, gate, clock }: Deps, needed: Escrow['claimed']) => {
  const hasFreed = (account: AccountId): boolean => {
    const [waiting, owed] = [tally.waiting(account), tally.owed(account)];
    return waiting.bytes < owed.bytes || waiting.objects < owed.objects;
  };
  const covered = (account: AccountId, { more, ceiling, hold }: Storing): boolean => {
    const is = hasRoom(holdings.of(account, clock.now()), needed(account), limited(more, ceiling));
    if (is) hold();
    return is;
  };
  /** Whoever gets room has it before anybody else can. */
  const grant = async (
    accountId: AccountId,
    all: readonly Storing[],
  ): Promise<Result<Refusals, Unavailable>> => {
    const at = clock.now();
    const granted = await allotments.grant({ accountId, holder: holdings.holder() }, at, (around) =>
      grantOf<LimitRefusal, Storing>(around, needed(accountId), all),
    );
    if (granted.isErr()) {
      holdings.doubted(accountId);
      return err(granted.error);
    }
    const { allotment, refusals } = granted.value;
    if (allotment) holdings.granted(accountId, allotment, at);
    for (const one of all) if (!refusals.has(one)) one.hold();
    return ok(refusals);
  };
  /** Somebody else may have brought enough for some of them as well. */
  const grantLeft = async (account: AccountId, all: readonly Storing[]) => {
    const left = all.filter((one) => !covered(account, one));
    return left.length === 0 ? ok<Refusals, Unavailable>(new Map()) : grant(account, left);
  };
  /** What was freed here makes room once it is handed over. */
  return async (
    account: AccountId,
    all: () => readonly Storing[],
  ): Promise<Result<Refusals, Unavailable>> => {
    const first = await gate.together(() => grantLeft(account, all()));
    if (first.isErr() || first.value.size === 0 || !hasFreed(account)) return first;
    const flushed = await tally.flush();
    if (flushed.isErr()) return err(flushed.error);
    return gate.together(() => grantLeft(account, [...first.value.keys()]));
  };
};

/** The room of this process. */
export const storageEscrow = (deps: Deps): Escrow => {
  const { allotments, tally, holdings, gate, clock } = deps;
  const { of: claimed, claim } = claims();
  const needed = (account: AccountId): StorageSize => sum(claimed(account), tally.owed(account));
  const asking = rounds(granting(deps, needed));
  const settled = async (atEnd: boolean): Promise<Result<void, Unavailable>> => {
    const at = clock.now();
    const rooms = holdings.kept(at, needed, atEnd);
    if (rooms.length === 0) return ok(undefined);
    const kept = await allotments.keep({ holder: holdings.holder(), rooms }, at);
    if (kept.isOk()) holdings.written(rooms, at);
    return kept;
  };
  return {
    claimed,
    claim,
    covers: (account, { ceiling }, more) => {
      if (isUnlimited(ceiling)) return true;
      // Who asks at this moment counts on all that is left.
      const room = asking.isOn(account) ? NOTHING : holdings.of(account, clock.now());
      return hasRoom(room, needed(account), limited(more, ceiling));
    },
    ask: (account, storing) => asking.join(account, storing).andThen((refusals) => ok(refusals.get(storing))),
    settle: (atEnd) => new ResultAsync(gate.alone(() => settled(atEnd))),
  };
};

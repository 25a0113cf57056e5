import type { ResultAsync } from 'neverthrow';
import type { InstanceType } from '../../domain/fleet/instance-type.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Unavailable } from '../shared/failure.js';
import type { LimitRefusal } from '../shared/limit-refusal.js';

/** The account's plan does not include it. */
export type NotEntitled = {
  readonly kind: 'not_entitled';
  readonly reason: string;
  readonly decision: LimitRefusal;
};

/** Whether an account may have something now. Asked before anything is written. */
export type FleetEntitlements = {
  readonly mayLaunch: (
    account: AccountId,
    type: InstanceType,
  ) => ResultAsync<void, NotEntitled | Unavailable>;
};

import { errAsync, type ResultAsync } from 'neverthrow';
import type { Gateway } from '../../domain/fleet/gateway.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { NotEntitled } from '../../ports/fleet/entitlements.js';
import type { ProviderAbsent } from '../../ports/fleet/providers.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { FleetDeps } from './deps.js';
import { instanceType } from './offers.js';

/** Whether the account may have a file system run on such an instance, and such an instance can be had now. */
export const mayRun = (
  { providers, entitlements }: FleetDeps,
  account: AccountId,
  { provider, type: name }: Pick<Gateway, 'provider' | 'type'>,
): ResultAsync<void, NotEntitled | ProviderAbsent | Unavailable> => {
  const type = instanceType(providers, provider, name);
  if (type) return entitlements.mayLaunch(account, type);
  const hint = `the instance type ${name} cannot be had at the moment`;
  return errAsync({ kind: 'provider_not_configured', provider, hint });
};

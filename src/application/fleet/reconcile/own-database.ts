import type { ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { FleetDeps } from '../deps.js';

/**
 * Whether the rows tell of this deployment's own instances. In a database that was copied they tell of those of the
 * original, which must be left alone: neither ended, nor started, nor adopted.
 */
export const isOwnDatabase = ({
  deployment,
}: Pick<FleetDeps, 'deployment'>): ResultAsync<boolean, Unavailable> =>
  deployment.recorded().map((recorded) => recorded === deployment.configured);

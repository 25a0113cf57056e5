import type { GatewayProvider } from './gateway.js';

/** A size of instance that can be had now. */
export type InstanceType = {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly provider: GatewayProvider;
  /** The only kind that projects on a free plan may run; costs nothing. */
  readonly freeTier: boolean;
  /** Micro-units of the price book's currency per hour: a cent is 10,000. */
  readonly microsPerHour: bigint;
  /** Bytes that an instance may keep of what it serves. */
  readonly cacheBytes: number;
};

/** The type that is meant where none is named: the first that costs nothing, else the first. */
export const usualType = (types: readonly InstanceType[]): InstanceType | undefined =>
  types.find(({ freeTier }) => freeTier) ?? types[0];

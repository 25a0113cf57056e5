import ipaddr from 'ipaddr.js';
import * as z from 'zod';
import type { PortRange } from '../adapters/rclone/options.js';
import type { Currency } from '../domain/billing/currency.js';
import { microsPerMinor } from '../domain/billing/price.js';
import type { InstanceType } from '../domain/fleet/instance-type.js';

const UNITS = { MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;
const TYPE = /^(local\.[a-z0-9][a-z0-9-]{0,30}):(\d{1,9}):([1-9]\d{0,5})(MiB|GiB|TiB)$/;

const RANGE = /^(\d{4,5})-(\d{4,5})$/;
/** Two for each file system, and one that all share. */
const FEWEST_PORTS = 3;

type Size = {
  readonly name: string;
  readonly minorPerHour: bigint;
  readonly cache: string;
  readonly cacheBytes: number;
};

const sizeOf = (text: string): Size | undefined => {
  const [, name, minor, count, unit] = TYPE.exec(text) ?? [];
  if (name === undefined || minor === undefined || count === undefined) return undefined;
  const cacheBytes = Number(count) * UNITS[unit as keyof typeof UNITS];
  return { name, minorPerHour: BigInt(minor), cache: `${count} ${unit}`, cacheBytes };
};

const sizes = z.string().transform((text, context): readonly Size[] => {
  const found = text.split(',').map((item) => sizeOf(item.trim()));
  const known = found.filter((size) => size !== undefined);
  if (known.length === found.length && new Set(known.map(({ name }) => name)).size === found.length)
    return known;
  const message = 'must be types such as local.standard:0:1GiB, each name once';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const portRange = z.string().transform((text, context): PortRange => {
  const [first = 0, last = 0] = (RANGE.exec(text) ?? []).slice(1).map(Number);
  if (first >= 1024 && last <= 65_535 && last - first + 1 >= FEWEST_PORTS) return { first, last };
  const message = `must be two ports from 1024 on, such as 21000-21999, at least ${FEWEST_PORTS} in all`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** Clients are told this address, so it has to be one that they can go to. */
const isReachable = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() !== 'unspecified';

/** Settings of the gateways that run on this host. */
export const localGatewaySettings = {
  LOCAL_GATEWAYS: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe('File systems served by processes of this host: where rclone is installed, or never.'),
  RCLONE_PATH: z.string().min(1).optional().describe('Where rclone is. Default: the first one in PATH.'),
  LOCAL_GATEWAY_HOST: z
    .string()
    .refine(isReachable, 'must be an address of this host, and not the one that stands for all')
    .default('127.0.0.1')
    .describe('Address of this host on which file systems are served, without TLS.'),
  LOCAL_GATEWAY_PORTS: portRange
    .prefault('21000-21999')
    .describe(
      'Ports for them: two for each file system, one of them on loopback only, and a third with LOCAL_NFS.',
    ),
  LOCAL_NFS: z
    .enum(['0', '1'])
    .default('0')
    .describe(
      'With 1, file systems are served over NFSv4 as well, to every user of this host and to nobody else.',
    ),
  LOCAL_INSTANCE_TYPES: sizes
    .prefault('local.standard:0:1GiB')
    .describe(
      'Comma-separated `local.name:price:cache`, the price in cents per hour; those that cost nothing are the free tier, and the first of them (else of all) is the default.',
    ),
};
type LocalSettings = z.output<z.ZodObject<typeof localGatewaySettings>>;

/** What can be had on this host, as it is shown to those who choose. */
export const localInstanceTypes = ({
  LOCAL_INSTANCE_TYPES,
  PRICE_CURRENCY,
}: Pick<LocalSettings, 'LOCAL_INSTANCE_TYPES'> & {
  readonly PRICE_CURRENCY: Currency;
}): readonly InstanceType[] =>
  LOCAL_INSTANCE_TYPES.map(({ name, minorPerHour, cache, cacheBytes }) => ({
    name,
    displayName: `${name.replace('local.', '').replace(/^./, (letter) => letter.toUpperCase())}, ${cache} cache`,
    description: `Served over WebDAV by a process of this host, which keeps up to ${cache} of what is read and written`,
    provider: 'local',
    freeTier: minorPerHour === 0n,
    microsPerHour: minorPerHour * microsPerMinor(PRICE_CURRENCY),
    cacheBytes,
  }));

import type { Instant } from '../shared/time.js';

/**
 * boolean: an account has it or not. metered: its use is counted by records, or by what is held. static: a number
 * that is not used up, such as the largest file.
 */
export type FeatureKind = 'boolean' | 'metered' | 'static';

/** Something that plans include, and how much of it. */
export type Feature = {
  readonly id: string;
  readonly version: number;
  /** How programs name it, unique and never changed: `api_calls`. */
  readonly key: string;
  readonly name: string;
  readonly kind: FeatureKind;
  readonly unit?: string | undefined;
  readonly highlight: boolean;
  /** Its use is what the account holds now (buckets, members), as those who make and delete it count: no records. */
  readonly held: boolean;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

/** Features that this server enforces or counts by itself. They are there from the start; `held` ones first. */
export const HELD = [
  'buckets',
  'connections',
  'members',
  'file_systems',
  'gateways',
  'running_file_systems',
  'api_keys',
  'storage_bytes',
  'objects',
] as const;
export type HeldFeature = (typeof HELD)[number];

import type { Feature, FeatureKind } from '../../../domain/entitlements/feature.js';
import { instant } from '../../../domain/shared/time.js';

type Held = 'held' | undefined;
const FEATURES: readonly (readonly [
  key: string,
  name: string,
  kind: FeatureKind,
  held?: Held,
  unit?: string,
])[] = [
  ['buckets', 'Buckets', 'metered', 'held'],
  ['connections', 'Connections', 'metered', 'held'],
  ['members', 'Members', 'metered', 'held'],
  ['file_systems', 'File systems', 'metered', 'held'],
  ['gateways', 'Gateways', 'metered', 'held'],
  ['running_file_systems', 'Running file systems', 'metered', 'held'],
  ['api_keys', 'API keys', 'metered', 'held'],
  ['storage_bytes', 'Storage bytes', 'metered', 'held', 'bytes'],
  ['objects', 'Objects', 'metered', 'held'],
  ['paid_instances', 'Paid instances', 'boolean'],
  ['tokens_issued', 'Tokens issued', 'metered'],
  ['credentials_generated', 'Credentials generated', 'metered'],
  ['agents_registered', 'Agents registered', 'metered'],
  ['api_calls', 'API calls', 'metered'],
  ['files', 'Files', 'metered'],
  ['file_size_mb', 'File size MB', 'static', undefined, 'MB'],
  ['ai_prompts', 'AI prompts', 'metered'],
  ['ai_tokens', 'AI tokens', 'metered'],
  ['synthetic_rows', 'Synthetic rows', 'metered'],
  ['onboarding', 'Onboarding', 'boolean'],
  ['review_packs', 'Review packs', 'boolean'],
];
const MADE = instant(Date.UTC(2026, 0, 1));

/** What PostgreSQL has from its migrations. */
export const BUILT_IN: readonly Feature[] = FEATURES.map(([key, name, kind, held, unit], at) => ({
  id: `00000000-0000-7000-8000-0000000001${String(at + 1).padStart(2, '0')}`,
  version: 1,
  key,
  name,
  kind,
  unit,
  highlight: false,
  held: held !== undefined,
  createdAt: MADE,
  updatedAt: MADE,
}));

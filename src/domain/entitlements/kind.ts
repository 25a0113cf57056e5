import { err, ok, type Result } from 'neverthrow';
import type { Feature, FeatureKind } from './feature.js';
import type { InvalidFlags } from './refusals.js';

/** What kind a feature is, as clients say it. One that the server made may be neither: a static one. */
export type Flags = { readonly isBinary: boolean; readonly isUsage: boolean };

export const flagsOf = ({ kind }: Pick<Feature, 'kind'>): Flags => ({
  isBinary: kind === 'boolean',
  isUsage: kind === 'metered',
});

/** A feature is had or counted. */
export const kindOf = ({ isBinary, isUsage }: Flags): Result<FeatureKind, InvalidFlags> => {
  if (isBinary && isUsage)
    return err({
      kind: 'invalid_flags',
      field: 'is_usage_based',
      reason: 'A feature is either binary based or usage based, not both.',
    });
  if (isBinary) return ok('boolean');
  if (isUsage) return ok('metered');
  return err({
    kind: 'invalid_flags',
    field: 'is_binary_based',
    reason: 'A feature is either binary based or usage based; say which.',
  });
};

/** The kind after a change of flags. What is not changed stays, even if nobody could have made it so. */
export const kindAfter = (
  feature: Pick<Feature, 'kind'>,
  changes: { readonly [Flag in keyof Flags]?: boolean | undefined },
): Result<FeatureKind, InvalidFlags> => {
  const now = flagsOf(feature);
  const wanted = { isBinary: changes.isBinary ?? now.isBinary, isUsage: changes.isUsage ?? now.isUsage };
  const isSame = wanted.isBinary === now.isBinary && wanted.isUsage === now.isUsage;
  return isSame ? ok(feature.kind) : kindOf(wanted);
};

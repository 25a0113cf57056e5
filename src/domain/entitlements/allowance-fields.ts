import { err, ok, type Result } from 'neverthrow';
import { type Allowance, WARN_PERCENT, type WindowKind } from './allowance.js';
import type { Feature } from './feature.js';
import { MOST } from './quantity.js';
import type { ValueNotFitting } from './refusals.js';

/** What a plan or an override says, as clients write it. `usageLimit` null: as much as they like. */
export type AllowanceFields = {
  readonly binaryValue?: number | undefined;
  readonly usageLimit?: bigint | null | undefined;
  readonly window?: WindowKind | undefined;
  readonly soft?: boolean | undefined;
  readonly warnPercent?: number | undefined;
};

type Kind = Pick<Feature, 'kind' | 'held'>;
type Problem = readonly [field: ValueNotFitting['field'], reason: string, isSo: boolean];

const booleanProblems = (fields: AllowanceFields, granted: boolean | undefined): readonly Problem[] => {
  const { binaryValue, usageLimit, window, soft, warnPercent } = fields;
  const only = 'A binary feature has none.';
  return [
    ['binary_value', 'It must be 0 or 1.', binaryValue !== undefined && ![0, 1].includes(binaryValue)],
    ['binary_value', 'A binary feature needs one.', binaryValue === undefined && granted === undefined],
    ['usage_limit', only, usageLimit !== undefined && usageLimit !== null],
    ['window', only, window !== undefined && window !== 'lifetime'],
    ['is_soft_limit', only, soft === true],
    ['warn_percent', only, warnPercent !== undefined],
  ];
};

const limitProblems = ({ kind, held }: Kind, fields: AllowanceFields): readonly Problem[] => {
  const { binaryValue, usageLimit, window, warnPercent = WARN_PERCENT } = fields;
  const isStatic = kind === 'static';
  const isEndless = isStatic || held;
  return [
    ['binary_value', 'Only a binary feature has one.', binaryValue !== undefined],
    ['usage_limit', 'It must be at least 0.', typeof usageLimit === 'bigint' && usageLimit < 0n],
    ['usage_limit', `It must be at most ${MOST}.`, typeof usageLimit === 'bigint' && usageLimit > MOST],
    [
      'window',
      'What is not used up has no window but `lifetime`.',
      isEndless && window !== undefined && window !== 'lifetime',
    ],
    [
      'warn_percent',
      'It must be a whole number from 1 to 100.',
      !Number.isInteger(warnPercent) || warnPercent < 1 || warnPercent > 100,
    ],
    [
      'warn_percent',
      'What is not used up is never nearly used up.',
      isStatic && fields.warnPercent !== undefined,
    ],
  ];
};

const limited = (
  { kind, held }: Kind,
  fields: AllowanceFields,
  before: Allowance | undefined,
): Allowance => ({
  limit: fields.usageLimit === undefined ? before?.limit : (fields.usageLimit ?? undefined),
  window: fields.window ?? before?.window ?? (held || kind === 'static' ? 'lifetime' : 'billing_period'),
  soft: fields.soft ?? before?.soft ?? false,
  warnPercent: fields.warnPercent ?? before?.warnPercent ?? WARN_PERCENT,
});

/** What these fields say of a feature; what they leave out is as it was `before`, of the same kind of feature. */
export const allowanceFor = (
  feature: Kind,
  fields: AllowanceFields,
  before?: Allowance,
): Result<Allowance, ValueNotFitting> => {
  const isBoolean = feature.kind === 'boolean';
  const problems = isBoolean ? booleanProblems(fields, before?.granted) : limitProblems(feature, fields);
  const problem = problems.find(([, , isSo]) => isSo);
  if (problem) return err({ kind: 'value_not_fitting', field: problem[0], reason: problem[1] });
  if (!isBoolean) return ok(limited(feature, fields, before));
  const granted = fields.binaryValue === undefined ? before?.granted : fields.binaryValue === 1;
  return ok({ granted, window: 'lifetime', soft: false, warnPercent: WARN_PERCENT });
};

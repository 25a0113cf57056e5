/** A feature is one kind of thing: had or not, or counted. `field` names the flag that is too many or missing. */
export type InvalidFlags = {
  readonly kind: 'invalid_flags';
  readonly field: 'is_binary_based' | 'is_usage_based';
  readonly reason: string;
};

/** What a plan or an override says does not suit the feature. */
export type ValueNotFitting = {
  readonly kind: 'value_not_fitting';
  readonly field: 'binary_value' | 'usage_limit' | 'window' | 'is_soft_limit' | 'warn_percent' | 'ends_at';
  readonly reason: string;
};

/** A number, a moment or a key that nothing can be done with. */
export type InvalidValue = {
  readonly kind: 'invalid_value';
  readonly field: 'value' | 'used_at' | 'key' | 'amount' | 'ttl_seconds';
  readonly reason: string;
};

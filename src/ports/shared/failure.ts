/** What any adapter may say when the outside world fails; never a driver's own error. */
export type Unavailable = {
  readonly kind: 'unavailable';
  readonly dependency: string;
  readonly cause: unknown;
};

/** A compare-and-set found another version than the caller had read. */
export type StaleVersion = { readonly kind: 'stale_version'; readonly id: string };

/** There is no such thing, or none the caller may know of. */
export type NotFound = { readonly kind: 'not_found' };
export const NOT_FOUND: NotFound = { kind: 'not_found' };

/** The caller may see the thing but not do this to it. */
export type Forbidden = { readonly kind: 'forbidden'; readonly needs: string };

/** Too much work is waiting already; nothing was done. */
export type Busy = { readonly kind: 'rate_limited'; readonly retryAfterSeconds: number };

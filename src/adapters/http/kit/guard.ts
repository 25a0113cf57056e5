import type { Result, ResultAsync } from 'neverthrow';
import type { Visit } from '../../../domain/shared/principal.js';
import type { Forbidden, NotFound, Unavailable } from '../../../ports/shared/failure.js';

/** What a request shows before anything of it is read. Path parameters are raw: a guard may look one up. */
export type Presented = {
  readonly authorization: string | undefined;
  /** Any other header; its name in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly visit: Visit;
};

export type Unauthenticated = { readonly kind: 'unauthenticated' };

/**
 * `identity` is whom rate limits and idempotency keys count for. `place` is kept back until the
 * document and its fields are judged: the order of refusal is 401, 429, 400, 404, 403.
 */
export type Admission<P> = { readonly identity: string; readonly place: Result<P, NotFound | Forbidden> };

/** Who may use a route, and as what. `statuses` are the refusals it can give, for the route's document. */
export type Guard<App, P> = {
  readonly security: 'none' | 'bearer' | 'cookie';
  /** 303: who is not signed in is led to where they can. */
  readonly statuses: readonly (303 | 401 | 403 | 404)[];
  readonly admit: (
    app: App,
    presented: Presented,
  ) => ResultAsync<Admission<P>, Unauthenticated | Unavailable>;
};

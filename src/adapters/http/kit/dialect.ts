import type { EntitlementDecision } from '../../../domain/entitlements/decision.js';
import type { RefusalStatuses } from './route.js';

/** One field that was refused: its path in the request, and what it must be. */
export type FieldProblem = { readonly field: string; readonly message: string };
export type Failure = { readonly kind: string };

/** A failure with all that kinds of them tell beside their name, for those who put it into words. */
export type Worded = Failure & {
  readonly field?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly needs?: string;
  readonly status?: string;
  readonly provider?: string;
  readonly processorId?: string;
  readonly hint?: string;
  readonly limit?: number;
  readonly maxBytes?: number;
  readonly deleted?: number;
  readonly failed?: number;
  readonly keys?: readonly string[];
  readonly known?: readonly string[];
  readonly problems?: readonly FieldProblem[];
  readonly state?: string;
  /** Of a refusal by a limit: why. */
  readonly decision?: EntitlementDecision;
};

/** The refusals that the kit itself gives, before or instead of a use case. */
export type KitFailure =
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'malformed_document'; readonly reason: string }
  | { readonly kind: 'invalid_request'; readonly problems: readonly FieldProblem[] }
  | { readonly kind: 'body_too_large'; readonly maxBytes: number }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'internal' };

/** A refusal on its way out: what is known of it and of the request. */
export type Refusal = {
  readonly status: number;
  readonly failure: Failure;
  readonly requestId: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** What the client takes best; plain text where it does not say. */
  readonly wants: 'text/plain' | 'text/html' | 'application/json';
};
/** A whole answer in a form of the dialect's own. */
export type Shown = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** How one API contract words its refusals: the only thing the five contracts do differently. */
export type Dialect = {
  /** What a malformed document and a refused field answer with, unless the contract says otherwise. */
  readonly statuses: RefusalStatuses;
  readonly word: (status: number, failure: Failure, requestId: string) => unknown;
  /** For people instead of programs: a page. Where it is undefined, the words go out as JSON. */
  readonly show?: (refusal: Refusal) => Shown | undefined;
};

import type { Result } from 'neverthrow';

/** An address that no request of ours may go to, or one that is none. */
export type InvalidEndpoint = { readonly kind: 'invalid_endpoint'; readonly reason: string };

/**
 * Judges where a customer's store is said to be, without asking anybody: what can be refused by its spelling is
 * refused before it is stored. Whatever a name stands for is judged again when a connection is made.
 */
export type Endpoints = { readonly judge: (endpoint: string) => Result<string, InvalidEndpoint> };

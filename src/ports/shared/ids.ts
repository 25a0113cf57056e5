/** A new UUIDv7 (RFC 9562): later ids sort after earlier ones of the same process. */
export type Ids = { readonly next: () => string };

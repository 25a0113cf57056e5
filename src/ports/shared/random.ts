/** Unguessable text: `bytes` bytes from a cryptographic source as base64url. */
export type Random = { readonly token: (bytes: number) => string };

/** Fast digests for tokens that are themselves random; never for passwords. */
export type Digest = { readonly sha256: (text: string) => string };

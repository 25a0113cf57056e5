/** How long the edge waits for whom, in milliseconds. Tests shorten it; nothing else should need to. */
export type Timing = {
  /** An upload that moves fewer than `minBytes` in this time while we wait for it is given up. */
  readonly senderMs: number;
  /** The same for a download whose reader does not drain. Kernels free a socket in large steps: keep it long. */
  readonly readerMs: number;
  readonly minBytes: number;
  /** Between two comments on an event stream. */
  readonly heartbeatMs: number;
  /** A socket on which nothing at all moves, unless its client waits for our answer. */
  readonly idleMs: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number;
  readonly keepAliveMs: number;
  /** How long the rest of a refused upload is thrown away before the connection closes. */
  readonly lingerMs: number;
};

export const TIMING: Timing = {
  senderMs: 30_000,
  readerMs: 120_000,
  minBytes: 4 * 1024,
  heartbeatMs: 15_000,
  idleMs: 120_000,
  headersMs: 20_000,
  keepAliveMs: 65_000,
  lingerMs: 5_000,
};

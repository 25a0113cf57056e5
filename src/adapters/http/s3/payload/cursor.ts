/** Reads lines and runs of bytes from one stream, in turn. */
export type Cursor = {
  /** Up to CR LF, without it; undefined when the stream ends before, or the line is longer than `max`. */
  readonly line: (max: number) => Promise<string | undefined>;
  /** What is there, at most `most` bytes and at least one; undefined at the end. */
  readonly piece: (most: number) => Promise<Uint8Array | undefined>;
  readonly close: () => Promise<void>;
};

const NOTHING = Buffer.alloc(0);

export const cursorOver = (source: AsyncIterable<Uint8Array>): Cursor => {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = NOTHING;

  const more = async (): Promise<boolean> => {
    const next = await iterator.next();
    if (next.done) return false;
    const { buffer, byteOffset, byteLength } = next.value;
    const chunk = Buffer.from(buffer, byteOffset, byteLength);
    rest = rest.byteLength > 0 ? Buffer.concat([rest, chunk]) : chunk;
    return true;
  };

  return {
    line: async (max) => {
      for (;;) {
        const end = rest.indexOf('\r\n');
        if (end >= 0 && end <= max) {
          const line = rest.toString('latin1', 0, end);
          rest = rest.subarray(end + 2);
          return line;
        }
        if (end >= 0 || rest.byteLength > max || !(await more())) return undefined;
      }
    },
    piece: async (most) => {
      while (rest.byteLength === 0) if (!(await more())) return undefined;
      const piece = rest.subarray(0, most);
      rest = rest.subarray(piece.byteLength);
      return piece;
    },
    close: async () => {
      await iterator.return?.();
    },
  };
};

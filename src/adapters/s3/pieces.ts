/** A body as it comes, taken a number of bytes at a time. */
export type Pieces = {
  /** So many bytes as they come; fewer when the body ends. */
  readonly stream: (bytes: number) => AsyncGenerator<Uint8Array>;
  /** The same at once. */
  readonly collect: (bytes: number) => Promise<Buffer>;
};

export const piecesOf = (body: AsyncIterable<Uint8Array>): Pieces => {
  const chunks = body[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  /** What there is, up to so many bytes; empty at the end. */
  const take = async (most: number): Promise<Uint8Array> => {
    while (rest.length === 0) {
      const next = await chunks.next();
      if (next.done) return rest;
      rest = next.value;
    }
    const piece = rest.subarray(0, most);
    rest = rest.subarray(piece.length);
    return piece;
  };
  const stream: Pieces['stream'] = async function* (bytes) {
    let left = bytes;
    while (left > 0) {
      const piece = await take(left);
      if (piece.length === 0) return;
      left -= piece.length;
      yield piece;
    }
  };
  return {
    stream,
    collect: async (bytes) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of stream(bytes)) pieces.push(piece);
      return Buffer.concat(pieces);
    },
  };
};

import type { TestApp } from './app.js';

export type HeardEvent = {
  readonly id: string | undefined;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  readonly data: any;
};

const PATIENCE_MS = 10_000;

const lineOf = (frame: string, name: string): string | undefined =>
  frame
    .split('\n')
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2);

const eventOf = (frame: string): HeardEvent | undefined => {
  const event = lineOf(frame, 'event');
  const data = lineOf(frame, 'data');
  return event === undefined || data === undefined
    ? undefined
    : { id: lineOf(frame, 'id'), event, data: JSON.parse(data) };
};

/** Programs come with a token, pages with a cookie. */
type Listener = { readonly token?: string; readonly cookie?: string; readonly lastEventId?: string };

/** Somebody who follows an event stream, as an EventSource does, and never reconnects. */
export const listen = async (
  { url }: Pick<TestApp, 'url'>,
  path: string,
  { token, cookie, lastEventId }: Listener,
) => {
  const leaving = new AbortController();
  const response = await fetch(url + path, {
    signal: leaving.signal,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(cookie !== undefined && { cookie }),
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  });
  const heard: HeardEvent[] = [];
  let comments = 0;
  let over = false;
  const wakers = new Set<() => void>();
  const take = (frame: string): void => {
    if (frame.startsWith(':')) comments += 1;
    const event = eventOf(frame);
    if (event) heard.push(event);
  };
  const read = async (): Promise<void> => {
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const frames = (rest + Buffer.from(chunk).toString('utf8')).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) take(frame);
      for (const wake of [...wakers]) wake();
    }
  };
  const ended = read()
    .catch(() => undefined)
    .then(() => {
      over = true;
      for (const wake of [...wakers]) wake();
    });
  const until = (what: string, check: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(
        () => settle(new Error(`no ${what}; heard ${JSON.stringify(heard)}`)),
        PATIENCE_MS,
      );
      const settle = (problem?: Error): void => {
        clearTimeout(late);
        wakers.delete(look);
        if (problem) reject(problem);
        else resolve();
      };
      const look = (): void => {
        if (check()) settle();
        else if (over) settle(new Error(`it ended before ${what}; heard ${JSON.stringify(heard)}`));
      };
      wakers.add(look);
      look();
    });
  return {
    status: response.status,
    headers: response.headers,
    /** Waits for so many events, and takes them off. */
    next: async (n: number): Promise<readonly HeardEvent[]> => {
      await until(`${n} events`, () => heard.length >= n);
      return heard.splice(0, n);
    },
    /** What came and was not taken yet. */
    heard: (): readonly HeardEvent[] => heard,
    comments: (n: number): Promise<void> => until(`${n} comments`, () => comments >= n),
    /** Settles when the server ends the stream. */
    ended,
    leave: async (): Promise<void> => {
      leaving.abort();
      await ended;
    },
  };
};

import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { Agents } from '../kit/outbound.js';

export type Outgoing = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query, encoded; sent as it is. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
};
/** One request and its answer. */
export type Exchange = {
  readonly request: ClientRequest;
  /** The head of the answer; rejects with the connection's own error. */
  readonly answer: Promise<IncomingMessage>;
  /** From now on the other side must show life within its time, or the exchange ends with an error. */
  readonly expect: () => void;
  /** It is not the other side that is waited for. */
  readonly rest: () => void;
};
export type Exchanges = (origin: URL, outgoing: Outgoing) => Exchange;

type Options = { readonly agents?: Agents | undefined; readonly patienceMs: number };

const answerTo = (request: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
    request.once('close', () => reject(new Error('the connection closed before an answer')));
  });

/**
 * Plain HTTP exchanges over the agents given, and no others. Google's library sends its own requests over a
 * pool that takes no agent, so a guard of outgoing connections could not hold them.
 */
export const exchangesOver =
  ({ agents, patienceMs }: Options): Exchanges =>
  (origin, outgoing) => {
    const options = { ...urlToHttpOptions(origin), ...outgoing };
    const request =
      origin.protocol === 'https:'
        ? httpsRequest({ ...options, ...(agents && { agent: agents.https }) })
        : httpRequest({ ...options, ...(agents && { agent: agents.http }) });
    let timer: NodeJS.Timeout | undefined;
    const rest = () => clearTimeout(timer);
    const expect = () => {
      rest();
      timer = setTimeout(() => request.destroy(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
    };
    request.once('close', rest);
    const answer = answerTo(request);
    // Whoever gave up on the exchange does not wait for its answer; the rejection is no defect then.
    answer.catch(() => undefined);
    return { request, answer, expect, rest };
  };

/** More than any answer that is no object's content has: a page of a thousand objects comes to a tenth of it. */
const MOST_TEXT = 8 * 1024 * 1024;

/** Everything of an answer, as text; of one that is too long to be one, nothing, and its connection is cut. */
export const textOf = async (answer: IncomingMessage): Promise<string> => {
  answer.setEncoding('utf8');
  let text = '';
  for await (const piece of answer) {
    text += piece;
    if (text.length > MOST_TEXT) throw new Error(`the answer has more than ${MOST_TEXT} characters`);
  }
  return text;
};

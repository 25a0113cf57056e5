import type { Outgoing } from '../kit/reply.js';
import { document, type Xml } from './xml.js';

export type ReplyHeaders = Readonly<Record<string, string>>;
export type S3Reply =
  | { readonly kind: 'xml'; readonly body: string; readonly headers: ReplyHeaders }
  | { readonly kind: 'empty'; readonly status: 200 | 204 | 304; readonly headers: ReplyHeaders }
  | { readonly kind: 'object'; readonly outgoing: Outgoing };

export const xmlReply = (root: Xml, headers: ReplyHeaders = {}): S3Reply => ({
  kind: 'xml',
  body: document(root),
  headers,
});

export const emptyReply = (status: 200 | 204 | 304, headers: ReplyHeaders = {}): S3Reply => ({
  kind: 'empty',
  status,
  headers,
});

/** As header values carry an etag. */
export const quoted = (etag: string): string => `"${etag}"`;

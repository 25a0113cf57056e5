import type { ResultAsync } from 'neverthrow';
import type { Unavailable } from './failure.js';

export type EmailMessage = {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
};

/** `id` becomes the Message-ID, so that a receiver can tell a message sent twice. */
export type Email = { readonly send: (message: EmailMessage) => ResultAsync<void, Unavailable> };

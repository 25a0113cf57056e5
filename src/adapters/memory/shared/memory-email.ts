import { okAsync } from 'neverthrow';
import type { Email, EmailMessage } from '../../../ports/shared/email.js';

/** Keeps what is sent. Like a receiver that knows Message-IDs, it shows a message sent twice once. */
export type MemoryEmail = Email & { readonly sent: () => readonly EmailMessage[] };

export const memoryEmail = (): MemoryEmail => {
  const messages = new Map<string, EmailMessage>();
  return {
    send: (message) => {
      messages.set(message.id, message);
      return okAsync(undefined);
    },
    sent: () => [...messages.values()],
  };
};

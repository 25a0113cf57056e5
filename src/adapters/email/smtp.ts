import { ResultAsync } from 'neverthrow';
import { createTransport } from 'nodemailer';
import type { Email } from '../../ports/shared/email.js';
import type { Unavailable } from '../../ports/shared/failure.js';

/** A server that stalls fails the letter, to be sent again, within the time that a stop has. */
const PATIENCE = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 10_000 };

/** Mail through an SMTP server: `smtp(s)://user:password@host:port`. */
export const smtpEmail = (options: { readonly url: string; readonly from: string }): Email => {
  const transport = createTransport({ url: options.url, ...PATIENCE }, { from: options.from });
  const domain = options.from.slice(options.from.lastIndexOf('@') + 1).replace(/>$/, '');
  return {
    send: ResultAsync.fromThrowable(
      async ({ id, to, subject, text }) => {
        await transport.sendMail({ messageId: `<${id}@${domain}>`, to, subject, text });
      },
      (cause): Unavailable => ({ kind: 'unavailable', dependency: 'smtp', cause }),
    ),
  };
};

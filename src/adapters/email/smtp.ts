import { ResultAsync } from 'neverthrow';
import { createTransport } from 'nodemailer';
import type { Email } from '../../ports/shared/email.js';
import type { Unavailable } from '../../ports/shared/failure.js';

/** Mail through an SMTP server: `smtp(s)://user:password@host:port`. */
export const smtpEmail = (options: { readonly url: string; readonly from: string }): Email => {
  const transport = createTransport(options.url, { from: options.from });
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

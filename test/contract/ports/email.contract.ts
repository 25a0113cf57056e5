import { describe, expect, it } from 'vitest';
import type { Email, EmailMessage } from '../../../src/ports/shared/email.js';

export type EmailRig = {
  readonly email: Email;
  /** What a receiver would find, whatever way it took. */
  readonly found: () => Promise<readonly EmailMessage[]>;
};

const message = (
  id: string,
  text = 'A line.\nAnother with ünïcode and a code:\n\nabc_DEF-123\n',
): EmailMessage => ({
  id,
  to: 'ada@example.com',
  subject: 'Größe & “quotes”',
  text,
});

export const emailContract = (name: string, open: () => Promise<EmailRig>) =>
  describe(`Email: ${name}`, () => {
    it('delivers address, subject and text as they were given', async () => {
      const { email, found } = await open();
      const sent = message('01890a5d-ac96-774b-bcce-b302099a8057');
      expect((await email.send(sent)).isOk()).toBe(true);
      expect(await found()).toEqual([sent]);
    });

    it('marks a message sent twice as the same one', async () => {
      const { email, found } = await open();
      const sent = message('01890a5d-ac96-774b-bcce-b302099a8058');
      expect((await email.send(sent)).isOk()).toBe(true);
      expect((await email.send(sent)).isOk()).toBe(true);
      expect(new Set((await found()).map(({ id }) => id))).toEqual(new Set([sent.id]));
    });

    it('keeps a line that begins with a dot, and a header out of the subject', async () => {
      const { email, found } = await open();
      const sent = {
        ...message('01890a5d-ac96-774b-bcce-b302099a8059', '.hidden\n..two\n'),
        subject: 'One\r\nBcc: eve@example.com',
      };
      expect((await email.send(sent)).isOk()).toBe(true);
      const [got] = await found();
      expect(got?.text).toBe(sent.text);
      expect(got?.to).toBe(sent.to);
    });
  });

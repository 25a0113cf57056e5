import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../src/domain/shared/time.js';
import { instant, MINUTE, plus, SECOND } from '../../../src/domain/shared/time.js';
import type { ConnectionRef } from '../../../src/ports/billing/processor.js';
import type { ProcessorEvents } from '../../../src/ports/billing/processor-events.js';

export type Secrets = readonly { readonly connection: ConnectionRef; readonly secrets: readonly string[] }[];

type Told = {
  readonly id: string;
  readonly type: string;
  readonly customer: string;
  readonly subscriptionId?: string;
  readonly checkoutSessionId?: string;
};

/** How a processor writes and signs. */
export type Sender = {
  readonly events: (secrets: Secrets) => ProcessorEvents;
  readonly write: (event: Told, createdAt: Instant) => string;
  readonly sign: (raw: Uint8Array, at: Instant, secret: string) => string;
};

const AT = instant(Date.UTC(2026, 5, 15, 10, 30, 7));
const ONE = 'platform' as ConnectionRef;
const TWO = 'a-seller' as ConnectionRef;
const SECRETS: Secrets = [
  { connection: ONE, secrets: ['whsec_new', 'whsec_old'] },
  { connection: TWO, secrets: ['whsec_two'] },
];
const CHANGED: Told = {
  id: 'evt_1',
  type: 'customer.subscription.updated',
  customer: 'cus_1',
  subscriptionId: 'sub_1',
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const invalid = err({ kind: 'signature_invalid' });

export const processorEventsContract = (name: string, { events, write, sign }: Sender) =>
  describe(`ProcessorEvents: ${name}`, () => {
    const { verify } = events(SECRETS);
    const raw = bytes(write(CHANGED, AT));
    const received = { ...CHANGED, createdAt: AT, connection: ONE };

    it('reads who it is about, and what', () => {
      expect(verify(raw, sign(raw, AT, 'whsec_new'), AT)._unsafeUnwrap()).toEqual(received);
    });

    it('reads which page was paid on', () => {
      const paid: Told = {
        id: 'evt_2',
        type: 'checkout.session.completed',
        customer: 'cus_1',
        subscriptionId: 'sub_1',
        checkoutSessionId: 'cs_1',
      };
      const body = bytes(write(paid, AT));
      expect(verify(body, sign(body, AT, 'whsec_new'), AT)._unsafeUnwrap()).toEqual({
        ...paid,
        createdAt: AT,
        connection: ONE,
      });
    });

    it('takes any secret that is valid now, while they are being changed', () => {
      expect(verify(raw, sign(raw, AT, 'whsec_old'), AT)._unsafeUnwrap()).toEqual(received);
      const changed = events([{ connection: ONE, secrets: ['whsec_new'] }]);
      expect(changed.verify(raw, sign(raw, AT, 'whsec_old'), AT)).toEqual(invalid);
    });

    it('knows whose event it is by who has signed it', () => {
      expect(verify(raw, sign(raw, AT, 'whsec_two'), AT)._unsafeUnwrap().connection).toBe(TWO);
    });

    it('misses a signature that is not there', () => {
      const missing = err({ kind: 'signature_missing' });
      expect(verify(raw, undefined, AT)).toEqual(missing);
      expect(verify(raw, '', AT)).toEqual(missing);
    });

    it.each(['v1=', 't=,v1=', 'nonsense', '=,=', 't=1,v1=zz', '.', `${'9'.repeat(400)}.${'A'.repeat(43)}`])(
      'takes %j for no signature',
      (signature) => {
        expect(verify(raw, signature, AT)).toEqual(invalid);
      },
    );

    it('takes no signature of another secret, not even of an empty one', () => {
      expect(verify(raw, sign(raw, AT, 'whsec_other'), AT)).toEqual(invalid);
      expect(events([]).verify(raw, sign(raw, AT, 'whsec_new'), AT)).toEqual(invalid);
      const careless = events([{ connection: ONE, secrets: [''] }]);
      expect(careless.verify(raw, sign(raw, AT, ''), AT)).toEqual(invalid);
    });

    it('takes the bytes that were signed and no others, not even the same document written anew', () => {
      const signature = sign(raw, AT, 'whsec_new');
      const text = new TextDecoder().decode(raw);
      const anew = JSON.stringify(JSON.parse(text), null, 1);
      expect(JSON.parse(anew)).toEqual(JSON.parse(text));
      expect(verify(bytes(anew), signature, AT)).toEqual(invalid);
      expect(verify(bytes(`${text} `), signature, AT)).toEqual(invalid);
      expect(verify(bytes(text.replace('cus_1', 'cus_2')), signature, AT)).toEqual(invalid);
    });

    it('takes a signature for five minutes by our clock, and none from the future', () => {
      const verdict = (age: number) => verify(raw, sign(raw, plus(AT, -age), 'whsec_new'), AT).isOk();
      expect([0, 4 * MINUTE, 5 * MINUTE].map(verdict)).toEqual([true, true, true]);
      expect([5 * MINUTE + SECOND, 60 * MINUTE, -6 * MINUTE].map(verdict)).toEqual([false, false, false]);
    });

    it('takes the moment of a signature as signed too', () => {
      const old = plus(AT, -60 * MINUTE);
      const signature = sign(raw, old, 'whsec_new');
      const [stale, fresh] = [old, AT].map((at) =>
        String(signature.includes(String(old)) ? at : at / SECOND),
      );
      expect(signature).toContain(stale);
      expect(verify(raw, signature.replace(stale ?? '', fresh ?? ''), AT)).toEqual(invalid);
    });

    it.each(['', 'not json', '[]', 'null', '{}', '{"id":"evt_1"}', '{"id":7,"type":{}}'])(
      'calls %j malformed once it is known to be signed',
      (text) => {
        const body = bytes(text);
        expect(verify(body, sign(body, AT, 'whsec_new'), AT)._unsafeUnwrapErr().kind).toBe('malformed_event');
        expect(verify(body, sign(body, AT, 'whsec_other'), AT)).toEqual(invalid);
      },
    );
  });

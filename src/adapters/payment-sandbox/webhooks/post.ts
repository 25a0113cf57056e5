import { createHmac } from 'node:crypto';
import type { Clock } from '../../../ports/shared/clock.js';

const TIMEOUT_MS = 10_000;

/** `Stripe-Signature` over the bytes as they go out. */
const signatureOf = (secret: string, seconds: number, body: string): string =>
  `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;

/** Posts one event. The test clock does not move its signature: receivers judge that by their own clock. */
export const poster =
  (clock: Clock, secret: string, stop: AbortSignal) =>
  async (url: string, body: string): Promise<boolean> => {
    const signature = signatureOf(secret, Math.floor(clock.now() / 1_000), body);
    const sent = fetch(url, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': signature },
      redirect: 'manual',
      signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const response = await sent.catch(() => undefined);
    await response?.body?.cancel().catch(() => undefined);
    return response?.ok === true;
  };

/** Counts what is under way, and tells when nothing is. */
export const tally = () => {
  const watchers = new Set<() => void>();
  let open = 0;
  const wake = (): void => {
    for (const watcher of watchers) watcher();
    watchers.clear();
  };
  return {
    begin: (): void => {
      open += 1;
    },
    end: (): void => {
      open -= 1;
      if (open === 0) wake();
    },
    idle: (): Promise<void> =>
      open === 0 ? Promise.resolve() : new Promise((resolve) => watchers.add(resolve)),
    abandon: wake,
  };
};

import type { Client } from './client.js';

/** The n-th of many addresses that are nobody's. */
export const address = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

/** The same client as a trusted proxy on loopback hands it on: asking from the address of the moment. */
export const from =
  (call: Client, whence: () => string): Client =>
  (at, asked) =>
    call(at, { ...asked, headers: { 'x-forwarded-for': whence(), ...asked?.headers } });

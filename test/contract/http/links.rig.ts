import { expect } from 'vitest';
import type { Client } from '../../support/client.js';

/** Where the tests' servers think that they are. */
const ORIGIN = 'http://localhost';

/** Makes links; where they lead, without the origin. */
export const linksOf = (call: Client) => ({
  to: async (objects: string, json: object, token: string) => {
    const { status, body, text } = await call(`POST ${objects}:presign`, { token, json });
    expect([status, text]).toEqual([200, text]);
    expect(body.url).toMatch(/^http:\/\/localhost\/v1\/links\/[A-Za-z0-9_-]+$/);
    return { path: String(body.url).slice(ORIGIN.length), body };
  },
});

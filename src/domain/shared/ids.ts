import type { Brand } from './brand.js';

/** Bare UUIDv7 strings, branded by what they name. */
export type UserId = Brand<string, 'UserId'>;
export type AccountId = Brand<string, 'AccountId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for the one spelling our ids have: a malformed id names nothing and never reaches SQL. */
export const isUuid = (text: string): boolean => UUID.test(text);

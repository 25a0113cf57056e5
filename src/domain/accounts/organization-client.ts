import { type AccountId, isUuid } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';

/** What an organization's client must have been given by name before it may do it. */
export const CLIENT_SCOPES = ['billing'] as const;
export type ClientScope = (typeof CLIENT_SCOPES)[number];

/** A program of one organization's, nobody's login. Its secret is shown once and kept as a digest. */
export type OrganizationClient = {
  readonly id: string;
  readonly accountId: AccountId;
  readonly name: string;
  readonly scopes: readonly ClientScope[];
  readonly createdAt: Instant;
};

const CLIENT_START = 'sa_';
/** Tells a secret that has leaked from any other text. */
export const SECRET_START = 'sas_';

/** The client id as the outside knows it. */
export const publicClientId = (id: string): string => CLIENT_START + id;

/** The id behind a client id; undefined for what can be none. */
export const clientRowId = (clientId: string): string | undefined => {
  const id = clientId.slice(CLIENT_START.length);
  return clientId.startsWith(CLIENT_START) && isUuid(id) ? id : undefined;
};

/** What a client asks for, out of what it was given; all of it when it does not say. Undefined: more than that. */
export const grantedScopes = (
  given: readonly ClientScope[],
  asked: string | undefined,
): readonly ClientScope[] | undefined => {
  if (asked === undefined) return given;
  const words = asked.split(' ').filter((word) => word !== '');
  const granted = given.filter((scope) => words.includes(scope));
  return words.every((word) => granted.some((scope) => scope === word)) ? granted : undefined;
};

/** Compares two digests in a time that tells nothing of where they differ. */
export const isSameDigest = (kept: string, shown: string): boolean => {
  let differences = kept.length === shown.length ? 0 : 1;
  for (let i = 0; i < kept.length; i += 1) differences |= kept.charCodeAt(i) ^ shown.charCodeAt(i);
  return differences === 0;
};

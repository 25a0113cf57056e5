import type { Brand } from './brand.js';
import type { AccountId, UserId } from './ids.js';
import type { Instant } from './time.js';

/** A request as any use case sees it: when it came, from where, and the id its log lines share. */
export type Visit = { readonly at: Instant; readonly address: string; readonly requestId: string };

/** What a member of an account may do: member < admin < owner. */
export const ROLES = ['member', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

export const atLeast = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);
export const lesser = (a: Role, b: Role): Role => (atLeast(a, b) ? b : a);

/** What an API key must have been given by name before it may do it. */
export const KEY_SCOPES = ['keys', 'members', 'billing'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** How a caller proved who they are. */
export type Via =
  | { readonly kind: 'session'; readonly id: string }
  | {
      readonly kind: 'api_key';
      readonly id: string;
      readonly scopes: readonly KeyScope[];
      readonly accountId?: AccountId | undefined;
      readonly roleCap?: Role | undefined;
    };

/** An authenticated user. */
export type Caller = Visit & {
  readonly userId: UserId;
  readonly via: Via;
  readonly platformAdmin: boolean;
};

/**
 * What the look that let a caller in saw of the thing their request is about. Only the context whose thing it is
 * can read it; to all others it says nothing.
 */
export type Resource = Brand<object, 'Resource'>;

/** An authenticated user inside one account, with the role that counts there (an API key may cap it). */
export type Member = Caller & {
  readonly accountId: AccountId;
  readonly role: Role;
  readonly resource?: Resource | undefined;
};

/** Who runs the platform. A key that is confined to a project, or in its role, does not reach beyond that. */
export const runsPlatform = ({ platformAdmin, via }: Pick<Caller, 'platformAdmin' | 'via'>): boolean =>
  platformAdmin && !(via.kind === 'api_key' && (via.accountId !== undefined || via.roleCap !== undefined));

/** Sessions may do all their user may; an API key only what it was given. */
export const hasScope = (via: Via, scope: KeyScope): boolean =>
  via.kind === 'session' || via.scopes.includes(scope);

import type { World } from '../world.js';

/** What a browser gets: a page, or the way to another one. */
export type Shown =
  | { readonly status: 200 | 404 | 410 | 402; readonly html: string; readonly leadsTo?: readonly string[] }
  | { readonly status: 303; readonly location: string };

/** A page that answers to a path with a secret in it. */
export type Page = {
  readonly path: RegExp;
  readonly show: (world: World, secret: string) => Shown;
  readonly submit: (world: World, secret: string, form: URLSearchParams) => Shown;
};

/** The record whose secret this is. */
export const bySecret = <T extends { readonly secret: string }>(
  records: Readonly<Record<string, T>>,
  secret: string,
): T | undefined => Object.values(records).find((record) => record.secret === secret);

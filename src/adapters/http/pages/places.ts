import type { Container } from '../../../application/storage/place.js';
import { address } from './kit/list.js';

/** The storage page of a project. */
export const storageOf = (projectId: string): string => `/app/projects/${projectId}/storage`;

/** The file systems of a project, and the page of one of them. */
export const fileSystemsOf = (projectId: string): string => `/app/projects/${projectId}/file-systems`;
export const fileSystemAddress = (projectId: string, id: string): string =>
  `${fileSystemsOf(projectId)}/${id}`;

/** What a project has used. */
export const usageOf = (projectId: string): string => `/app/projects/${projectId}/usage`;

/** How a project pays, and the page that shows what changing its plan would cost. */
export const billingOf = (projectId: string): string => `/app/projects/${projectId}/billing`;
export const planChangeOf = (projectId: string, priceId: string): string =>
  address(`${billingOf(projectId)}/change`, { price: priceId });

/** What is on sale, for everybody. */
export const PRICING = '/pricing';

const LETTERS = { bucket: 'b', connection: 'c' } as const;
const KINDS = { b: 'bucket', c: 'connection' } as const satisfies Record<string, Container['kind']>;
/** How an address says what kind of container it is about. */
export type Letter = keyof typeof KINDS;

export const containerOf = (place: Letter, id: string): Container => ({ kind: KINDS[place], id });

/** A container's own page, and what can be done below it. */
export const containerAddress = (projectId: string, { kind, id }: Container): string =>
  `${storageOf(projectId)}/${LETTERS[kind]}/${id}`;

export const folderAddress = (projectId: string, container: Container, prefix: string): string =>
  address(containerAddress(projectId, container), { prefix });

/** The folder that a key or a folder lies in. */
export const parentOf = (key: string): string => {
  const path = key.endsWith('/') ? key.slice(0, -1) : key;
  return path.slice(0, path.lastIndexOf('/') + 1);
};

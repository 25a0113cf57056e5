import type { Member } from '../../domain/shared/principal.js';
import { memberRefused } from '../shared/refused.js';
import type { Insider } from './active-bucket.js';
import { makeBucket } from './create-bucket.js';
import type { StorageDeps } from './deps.js';
import { type Download, downloadSingle, type Upload, uploadObject } from './objects.js';

const asPlatform = ({ accountId }: Member): Insider => ({ accountId, role: 'platform' });

/**
 * For what the platform itself writes for a project, on behalf of a member who ordered it: into buckets that nobody
 * else makes, or writes to.
 */
export const keep = (deps: StorageDeps) => ({
  createBucket: (input: { readonly name: string; readonly region: string }, member: Member) =>
    makeBucket(deps)(input, member),
  put: (upload: Upload, member: Member) =>
    memberRefused(deps.storage, member, uploadObject(deps)(upload, asPlatform(member))),
  open: (input: Omit<Download, 'recursive'>, member: Member) =>
    downloadSingle(deps, input, asPlatform(member)),
});

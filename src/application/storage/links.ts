import { err, ok, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Member, Visit } from '../../domain/shared/principal.js';
import { type Instant, plus, SECOND } from '../../domain/shared/time.js';
import { type LinkMethod, type LinkTerms, linkTerms } from '../../domain/storage/link.js';
import { type ObjectKey, objectKey } from '../../domain/storage/object-key.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import { LINK_INVALID, type LinkInvalid, type LinkSigner } from '../../ports/storage/links.js';
import type { BodyMismatch } from '../../ports/storage/object-store.js';
import { byCaller } from '../shared/record.js';
import { visitorRefused } from '../shared/refused.js';
import type { StorageDeps } from './deps.js';
import { type Download, downloadSingle, type Upload, uploadObject } from './objects.js';
import { type Container, placeFor } from './place.js';

/** All that a link says. Its token carries the whole of it: nothing of a link is kept here. */
type Link = LinkTerms & {
  /** What the audit calls it: keys may tell of persons, and the audit never forgets. */
  readonly id: string;
  readonly method: LinkMethod;
  readonly accountId: AccountId;
  readonly container: Container;
  readonly key: ObjectKey;
  readonly signer: LinkSigner;
  readonly epoch: number;
  readonly expiresAt: Instant;
};

export type Presigned = {
  readonly url: string;
  readonly method: LinkMethod;
  readonly expiresAt: Instant;
  /** Sent with the request, by whoever uses the link. */
  readonly headers: Readonly<Record<string, string>>;
};

type Asked = LinkTerms & {
  readonly container: Container;
  readonly method: LinkMethod;
  readonly key: string;
  readonly expiresIn: number;
};

const signerOf = ({ userId, via }: Member): LinkSigner =>
  via.kind === 'api_key' ? { userId, keyId: via.id } : { userId };

const headersOf = ({ size, contentType }: LinkTerms): Readonly<Record<string, string>> => ({
  ...(size !== undefined && { 'Content-Length': String(size) }),
  ...(contentType !== undefined && { 'Content-Type': contentType }),
});

/** A link under which anyone may get or put one object as the member could, until it expires or is revoked. */
export const presignObject = (deps: StorageDeps) => (input: Asked, member: Member) =>
  safeTry(async function* () {
    const { container, method } = input;
    const key = yield* objectKey(input.key);
    const terms = yield* linkTerms(method, input, deps.settings.maxObjectBytes);
    // Anew: since its sender was let in, all of a document may have been waited for. As whoever will hold the link.
    yield* placeFor(
      deps,
      { accountId: member.accountId },
      container,
      method === 'PUT' ? 'write' : 'read',
      key,
    );
    const id = deps.ids.next();
    const expiresAt = plus(member.at, input.expiresIn * SECOND);
    const epoch = yield* deps.storage.run((tx) =>
      tx.linkEpochs.current(member.accountId, container).andThen((current) =>
        tx.audit
          .record(
            byCaller(member, {
              accountId: member.accountId,
              action: 'link.presign',
              target: container.id,
              data: { link: id, method, expiresAt },
            }),
          )
          .map(() => current),
      ),
    );
    const { accountId } = member;
    const signer = signerOf(member);
    const link: Link = { ...terms, id, method, accountId, container, key, signer, epoch, expiresAt };
    const url = deps.settings.linkBase + deps.linkTokens.sign(JSON.stringify(link));
    return ok<Presigned>({ url, method, expiresAt, headers: headersOf(terms) });
  });

/** From now on no link into the container holds that was made before. */
export const revokeLinks = (deps: StorageDeps) => (container: Container, member: Member) =>
  deps.storage.run((tx) =>
    tx.linkEpochs.raise(member.accountId, container).andThen((epoch) =>
      tx.audit.record(
        byCaller(member, {
          accountId: member.accountId,
          action: 'link.revoke',
          target: container.id,
          data: { epoch },
        }),
      ),
    ),
  );

/** What the token says, if it holds for this method now and its signer may still do what it lets others do. */
const held = (
  { linkTokens, readers }: StorageDeps,
  token: string,
  method: LinkMethod,
  { at }: Visit,
): ResultAsync<Link, LinkInvalid | Unavailable> =>
  linkTokens
    .open(token)
    .map((text) => JSON.parse(text) as Link)
    .andThen((link) => (link.method === method && at < link.expiresAt ? ok(link) : err(LINK_INVALID)))
    .asyncAndThen((link) =>
      readers
        .linkStanding(link, at)
        .andThen((epoch) => (epoch === link.epoch ? ok(link) : err(LINK_INVALID))),
    );

const BARRED = ['invalid_key', 'bucket_not_active', 'forbidden'] as const;
type Barred = (typeof BARRED)[number];

/** What stood in the way of the link's maker is not for its holder to know. */
const asInvalid = <E extends { readonly kind: string }>(
  failure: E,
): Exclude<E, { readonly kind: Barred }> | LinkInvalid =>
  (BARRED as readonly string[]).includes(failure.kind)
    ? LINK_INVALID
    : (failure as Exclude<E, { readonly kind: Barred }>);

/** The object that a link leads to, and what its maker called it. */
export const downloadByLink =
  (deps: StorageDeps) =>
  (input: Omit<Download, 'container' | 'key' | 'recursive'> & { readonly token: string }, visit: Visit) =>
    safeTry(async function* () {
      const link = yield* held(deps, input.token, 'GET', visit);
      const { container, key, fileName } = link;
      const downloaded = yield* downloadSingle(deps, { ...input, container, key }, link).mapErr(asInvalid);
      return ok({ downloaded, fileName });
    });

const sized = (length: number | undefined, { size }: LinkTerms): Result<number | undefined, BodyMismatch> =>
  size === undefined || length === undefined || length === size
    ? ok(size ?? length)
    : err({ kind: 'body_mismatch', reason: `${length} bytes where the link is for ${size}` });

/** Stores what is sent under the link's key. */
export const uploadByLink =
  (deps: StorageDeps) =>
  (input: Omit<Upload, 'container' | 'key'> & { readonly token: string }, visit: Visit) =>
    safeTry(async function* () {
      const link = yield* held(deps, input.token, 'PUT', visit);
      const { container, key } = link;
      const length = yield* sized(input.length, link);
      const contentType = link.contentType ?? input.contentType;
      const upload = { ...input, container, key, length, contentType };
      const stored = uploadObject(deps)(upload, link);
      return ok(yield* visitorRefused(deps.storage, visit, link.accountId, stored).mapErr(asInvalid));
    });

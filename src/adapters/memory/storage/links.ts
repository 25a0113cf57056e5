import { errAsync, okAsync } from 'neverthrow';
import type { Membership } from '../../../domain/accounts/membership.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Instant } from '../../../domain/shared/time.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { LinkEpochs, LinkedContainer, LinkSigner, LinkStanding } from '../../../ports/storage/links.js';
import { TABLES as ACCOUNTS, type AccountRow, type ApiKeyRow } from '../accounts/rows.js';
import type { MemoryLook, MemoryStore, MemoryTx } from '../kit/store.js';
import { type BucketRow, type ConnectionRow, TABLES } from './rows.js';

type Row = BucketRow | ConnectionRow;

const tableOf = ({ kind }: LinkedContainer): string =>
  kind === 'bucket' ? TABLES.buckets : TABLES.connections;

/** The epochs of links on one unit. */
export const memoryLinkEpochs = (tx: MemoryTx): LinkEpochs => {
  const find = (account: AccountId, container: LinkedContainer) =>
    tx
      .table<Row>(tableOf(container))
      .get(container.id)
      .andThen((row) =>
        row === undefined || row.accountId !== account || row.status === 'deleted'
          ? errAsync<Row, NotFound>(NOT_FOUND)
          : okAsync(row),
      );
  return {
    current: (account, container) => find(account, container).map(({ linkEpoch = 0 }) => linkEpoch),
    raise: (account, container) =>
      find(account, container).andThen((row) => {
        const linkEpoch = (row.linkEpoch ?? 0) + 1;
        return tx
          .table<Row>(tableOf(container))
          .put(row.id, { ...row, linkEpoch })
          .map(() => linkEpoch);
      }),
  };
};

const mayStill = (
  look: MemoryLook,
  account: AccountId,
  { userId, keyId }: LinkSigner,
  at: Instant,
): boolean => {
  const row = look<AccountRow>(ACCOUNTS.accounts).get(account);
  const isMember = look<Membership>(ACCOUNTS.memberships)
    .all()
    .some((m) => m.status === 'accepted' && m.accountId === account && m.userId === userId);
  if (!row || row.deletedAt !== undefined || !isMember) return false;
  if (keyId === undefined) return true;
  const key = look<ApiKeyRow>(ACCOUNTS.apiKeys).get(keyId);
  return (
    key?.userId === userId &&
    key.revokedAt === undefined &&
    (key.expiresAt === undefined || key.expiresAt > at)
  );
};

/** What a link is held to, at one moment. */
export const memoryLinkStanding =
  (store: MemoryStore): LinkStanding =>
  ({ accountId, container, signer }, at) =>
    store.look((look) => {
      const row = look<Row>(tableOf(container)).get(container.id);
      const stands =
        row?.accountId === accountId &&
        (container.kind === 'connection' || row.status === 'active') &&
        mayStill(look, accountId, signer, at);
      return stands ? (row.linkEpoch ?? 0) : undefined;
    });

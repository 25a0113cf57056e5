import { errAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../../domain/shared/ids.js';
import type { Standing, Truth } from '../../../../ports/entitlements/workspaces.js';
import type { StaleVersion } from '../../../../ports/shared/failure.js';
import type { MemoryLook, MemoryTable, MemoryTx } from '../../kit/store.js';
import { type SettingRow, type SubscriptionRow, TABLES } from './rows.js';

const standing = (record: SubscriptionRow | undefined, set: SettingRow | undefined): Standing => {
  const { accountId: _, ...subscription } = record ?? { accountId: undefined };
  const { accountId: __, ...setting } = set ?? { accountId: undefined };
  return {
    subscription: record && (subscription as Standing['subscription']),
    setting: set && (setting as Standing['setting']),
  };
};

/** What is said of an account, among committed rows. */
export const standingSeen = (look: MemoryLook, account: AccountId): Standing =>
  standing(
    look<SubscriptionRow>(TABLES.subscriptions).get(account),
    look<SettingRow>(TABLES.settings).get(account),
  );

/** Writes a row in the place of the version before it, or as the first one. */
const putNext = <Row extends SubscriptionRow | SettingRow>(rows: MemoryTable<Row>, row: Row) =>
  rows
    .get(row.accountId)
    .andThen(
      (before): ResultAsync<void, StaleVersion> =>
        (before?.version ?? 0) === row.version - 1
          ? rows.put(row.accountId, row)
          : errAsync({ kind: 'stale_version', id: row.accountId }),
    );

/** Records and settings of workspaces on one unit. */
export const memoryTruth = (tx: MemoryTx): Truth => {
  const records = tx.table<SubscriptionRow>(TABLES.subscriptions);
  const settings = tx.table<SettingRow>(TABLES.settings);
  return {
    of: (account) =>
      records.get(account).andThen((record) => settings.get(account).map((set) => standing(record, set))),
    assert: (accountId, subscription) => putNext(records, { ...subscription, accountId }),
    set: (accountId, setting) => putNext(settings, { ...setting, accountId }),
  };
};

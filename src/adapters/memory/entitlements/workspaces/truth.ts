import { errAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../../domain/shared/ids.js';
import type { Standing, Truth } from '../../../../ports/entitlements/workspaces.js';
import type { StaleVersion } from '../../../../ports/shared/failure.js';
import type { MemoryLook, MemoryTx } from '../../kit/store.js';
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

/** Records and settings of workspaces on one unit. */
export const memoryTruth = (tx: MemoryTx): Truth => {
  const records = tx.table<SubscriptionRow>(TABLES.subscriptions);
  const settings = tx.table<SettingRow>(TABLES.settings);
  return {
    of: (account) =>
      records.get(account).andThen((record) => settings.get(account).map((set) => standing(record, set))),
    assert: (account, subscription) =>
      records
        .get(account)
        .andThen(
          (before): ResultAsync<void, StaleVersion> =>
            (before?.version ?? 0) === subscription.version - 1
              ? records.put(account, { ...subscription, accountId: account })
              : errAsync({ kind: 'stale_version', id: account }),
        ),
    set: (account, setting) =>
      settings
        .get(account)
        .andThen(
          (before): ResultAsync<void, StaleVersion> =>
            (before?.version ?? 0) === setting.version - 1
              ? settings.put(account, { ...setting, accountId: account })
              : errAsync({ kind: 'stale_version', id: account }),
        ),
  };
};

import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { allowed } from '../../../support/entitled.js';
import { insider, type Stage, stage } from './stage.js';

/** An account on a plan with files, prompts by the day and a largest file, and what it is told to use. */
export const onAPlan = async () => {
  const on = stage();
  const account: AccountId = await on.onPlan({
    files: allowed(10),
    ai_prompts: allowed(5, { window: 'day' }),
    file_size_mb: allowed(3),
  });
  const use = (over: object = {}) => ({
    accountId: account,
    feature: 'files',
    value: 2,
    key: 'a key',
    ...over,
  });
  return {
    on,
    account,
    use,
    record: (over: object = {}, by: Parameters<Stage['app']['recordUsage']>[1] = insider(account)) =>
      on.app.recordUsage(use(over), by),
    usedIn: async (feature: string) => {
      const { day, month, billing_period, lifetime } = await on.countOf(account, feature);
      return [day, month, billing_period, lifetime].map(({ used }) => used);
    },
  };
};
export type OnAPlan = Awaited<ReturnType<typeof onAPlan>>;

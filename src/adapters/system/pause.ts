import { ResultAsync } from 'neverthrow';
import type { Pause } from '../../ports/shared/pause.js';

export const systemPause: Pause = {
  wait: (ms) => ResultAsync.fromSafePromise(new Promise<void>((resolve) => setTimeout(resolve, ms).unref())),
};

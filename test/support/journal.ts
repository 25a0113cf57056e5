import { okAsync } from 'neverthrow';
import type { OpenUpload, UploadJournal } from '../../src/ports/storage/foreign-stores.js';

/** For stores of which nobody asks what they have open. */
export const silentJournal: UploadJournal = {
  begun: () => okAsync(undefined),
  ended: () => okAsync(undefined),
  left: () => undefined,
};

/** Writes down what it is told, in the order it is told. */
export const toldJournal = () => {
  const begun: OpenUpload[] = [];
  const ended: OpenUpload[] = [];
  const left: OpenUpload[] = [];
  return {
    begun,
    ended,
    left,
    journal: {
      begun: (upload) => okAsync(void begun.push(upload)),
      ended: (upload) => okAsync(void ended.push(upload)),
      left: (upload) => void left.push(upload),
    } satisfies UploadJournal,
    /** Uploads that were begun and are not known to have ended. */
    open: (): readonly OpenUpload[] =>
      begun.filter(({ uploadId }) => !ended.some((one) => one.uploadId === uploadId)),
  };
};

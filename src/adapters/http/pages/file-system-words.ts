import type { FileSystem, FileSystemPhase } from '../../../domain/fleet/file-system.js';
import type { Gateway } from '../../../domain/fleet/gateway.js';

const PHASES: Readonly<Record<FileSystemPhase, string>> = {
  queued: 'It waits for its gateway.',
  provisioning: 'Its gateway is being made.',
  booting: 'Its gateway is starting.',
  exporting: 'Its gateway begins to serve it.',
  healthy: 'It is served.',
  preloading: 'It is served. Its files are being read into the gateway’s cache.',
  degraded: 'It is served, but not as it should be.',
  draining: 'What was written is being sent to the bucket.',
  stopping: 'It is being stopped.',
  stopped: 'It is stopped.',
  detached: 'It is stopped, and no gateway holds it.',
  failed: 'It does not work, and nothing is tried any more. Start it to try again.',
  terminating: 'It is being deleted.',
  discarding: 'It is being deleted, and what was not in the bucket yet with it.',
  deleted: 'It is deleted.',
};

const flushes = ({ flushesAsked, flushesDone }: FileSystem): readonly string[] => {
  if (flushesAsked > flushesDone) return ['A flush is under way.'];
  return flushesDone > 0 ? ['What was written before the last flush is in the bucket.'] : [];
};

/** What is to come of it, where its phase does not say so. */
const aims = ({ status, phase }: FileSystem): readonly string[] => {
  if (status === 'terminating')
    return phase === 'terminating' || phase === 'discarding' ? [] : ['Then it is deleted.'];
  return phase === 'draining' ? ['Then it is stopped.'] : [];
};

/** How a file system is, sentence by sentence. */
export const sentencesOf = (fileSystem: FileSystem): readonly string[] => [
  PHASES[fileSystem.phase],
  ...aims(fileSystem),
  ...flushes(fileSystem),
];

/** Which deeds make sense now. */
export const deedsFor = ({ status, phase, desired }: FileSystem) => {
  const stays = status !== 'terminating';
  return {
    start: stays && (desired === 'stopped' || status === 'failed'),
    stop: stays && desired === 'running',
    flush: status === 'running',
    remove: stays,
    // Before that, nobody knows that the bucket will not take what was written.
    discard: status === 'failed' || (status === 'terminating' && phase === 'draining'),
  };
};

/** Gateways have no names: what they are, and the end of their ids. */
export const gatewayName = ({ region, type, id }: Gateway): string =>
  `${region} / ${type} (…${id.slice(-6)})`;

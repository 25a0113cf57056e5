import { memoryProvider } from '../../../src/adapters/memory/fleet/provider.js';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { NOW } from '../../support/app.js';
import { fleetProviderContract } from './fleet-provider.contract.js';

fleetProviderContract(
  'memory',
  async () => {
    const clock = fixedClock(NOW);
    const pace = { bootMs: 800, stopMs: 300, lagMs: 0, writeBackMs: 5_000, drainMs: 600 };
    const rotated = new Set<string>();
    const wayTo = (id: string) => (rotated.has(id) ? 'another way' : 'a way');
    const memory = memoryProvider({
      clock,
      hostId: 'a-host',
      pace,
      admits: ({ fileSystemId, fingerprint }) => fingerprint === wayTo(fileSystemId),
    });
    return {
      provider: memory.provider,
      deployment: 'a-deployment',
      exportOf: async (fileSystemId) => ({
        fileSystemId,
        address: {
          provider: 's3compat',
          region: 'r',
          endpoint: 'https://s3.test',
          accessKeyId: 'k',
          secretAccessKey: 's',
        },
        bucket: 'a-bucket',
        prefix: '',
        username: fileSystemId,
        password: 'a password',
        fingerprint: wayTo(fileSystemId),
      }),
      write: async (_ref, fileSystemId, files) => memory.write(fileSystemId, files),
      delivered: async (fileSystemId) => memory.delivered(fileSystemId),
      jam: async (fileSystemId) => memory.jam(fileSystemId),
      rotate: async (fileSystemId) => void rotated.add(fileSystemId),
      unjam: async (fileSystemId) => memory.unjam(fileSystemId),
      pass: async (ms) => clock.advance(ms),
      close: async () => undefined,
    };
  },
  { hostId: 'a-host', stopsDirty: true },
);

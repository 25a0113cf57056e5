import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Export } from '../../src/ports/fleet/providers.js';
import { fleetProviderContract } from '../contract/ports/fleet-provider.contract.js';
import {
  DEPLOYMENT,
  exportOf,
  type GatewayBucket,
  type GatewayStore,
  gatewayHost,
  gatewayStore,
  HOST_ID,
  NO_RCLONE,
  rcloneHere,
} from './support/gateways.js';
import { clientOn } from './support/webdav.js';

const rclone = await rcloneHere();

describe.skipIf(!rclone)('the local provider, over our own /s3', () => {
  let store: GatewayStore;
  beforeAll(async () => {
    store = await gatewayStore();
  });
  afterAll(() => store.close());

  const stage = async () => {
    const other = store.endpoint.replace('127.0.0.1', 'localhost');
    const ownEndpoints = () => [store.endpoint, other];
    const host = await gatewayHost(rclone ?? NO_RCLONE, { ownEndpoints });
    const provider = host.open();
    const buckets = new Map<string, GatewayBucket>();
    const exports = new Map<string, Export>();
    const bucketOf = async (id: string): Promise<GatewayBucket> => {
      const bucket = buckets.get(id) ?? (await store.bucket());
      buckets.set(id, bucket);
      return bucket;
    };
    const jam = async (id: string) => void store.gate.jammed.add((await bucketOf(id)).keys.bucket);
    let written = 0;
    return {
      provider,
      deployment: DEPLOYMENT,
      exportOf: async (id: string) => {
        const wanted = exports.get(id) ?? {
          ...exportOf(id, (await bucketOf(id)).keys, store.endpoint),
          fingerprint: 'a way',
        };
        exports.set(id, wanted);
        return wanted;
      },
      rotate: async (id: string) => {
        const { keys } = await bucketOf(id);
        const { password } = exports.get(id) ?? {};
        const wanted = { ...exportOf(id, keys, other), fingerprint: 'another way' };
        exports.set(id, password === undefined ? wanted : { ...wanted, password });
        store.gate.refused.add(`127.0.0.1/s3/${keys.bucket}`);
      },
      write: async (ref: string, id: string, files: number) => {
        const wanted = exports.get(id);
        const served = (await provider.control.health(ref))._unsafeUnwrap();
        if (!wanted || !served.some(({ fileSystemId }) => fileSystemId === id)) return false;
        const client = await clientOn(provider, ref, wanted);
        for (let i = 0; i < files; i += 1) {
          written += 1;
          if ((await client.put(`file-${written}`, `content ${written}`)) !== 201) return false;
        }
        return true;
      },
      delivered: async (id: string) => (await bucketOf(id)).count(),
      jam,
      unjam: async (id: string) => void store.gate.jammed.delete((await bucketOf(id)).keys.bucket),
      pass: (ms: number) => pause(ms),
      close: host.close,
    };
  };

  fleetProviderContract('rclone', stage, { hostId: HOST_ID, stopsDirty: false });
});

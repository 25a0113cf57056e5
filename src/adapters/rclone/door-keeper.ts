import { join } from 'node:path';
import * as z from 'zod';
import type { Random } from '../../ports/shared/random.js';
import { type Door, type DoorWays, doorSign, openDoor } from './door.js';
import { readRecord, writeRecord } from './files.js';

const DoorRecord = z.object({ port: z.number(), secret: z.string() });
const PATIENCE_MS = 1_000;

/** Whether whoever has the port is one of us: another process of this host, with the same state. */
const isOurs = async ({ port, secret }: z.output<typeof DoorRecord>, question: string): Promise<boolean> => {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(`http://127.0.0.1:${port}/${question}`, { signal });
    return (await response.text()) === doorSign(secret, `/${question}`);
  } catch {
    return false;
  }
};

export type DoorKeeper = {
  /** The port of the door, which is open when this is over: kept by us or by another process of ours. */
  readonly port: () => Promise<number>;
  /** Opens it again where it once was, after whoever kept it has gone. */
  readonly keep: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** One door for all processes that share a state directory; its port outlives them, for children know it. */
export const doorKeeper = (given: {
  readonly stateDir: string;
  readonly random: Random;
  readonly ways: Omit<DoorWays, 'secret'>;
  readonly freePort: () => Promise<number>;
}): DoorKeeper => {
  const { stateDir, random, ways, freePort } = given;
  const path = join(stateDir, 'door.json');
  let door: Door | undefined;

  const made = async () => {
    const record = { port: await freePort(), secret: random.token(32) };
    await writeRecord(path, record);
    return record;
  };
  const opened = async (): Promise<number> => {
    if (door) return door.port;
    const record = (await readRecord(DoorRecord, path)) ?? (await made());
    door = await openDoor(record.port, { ...ways, secret: record.secret });
    if (door || (await isOurs(record, random.token(16)))) return record.port;
    // A stranger has it: children find the new one when they are started again.
    const fresh = await made();
    door = await openDoor(fresh.port, { ...ways, secret: fresh.secret });
    return fresh.port;
  };
  let opening: Promise<number> | undefined;
  const port = (): Promise<number> => {
    opening ??= opened().finally(() => {
      opening = undefined;
    });
    return opening;
  };
  return {
    port,
    keep: async () => {
      if (!door && (await readRecord(DoorRecord, path))) await port();
    },
    close: async () => {
      await opening?.catch(() => undefined);
      await door?.close();
      door = undefined;
    },
  };
};

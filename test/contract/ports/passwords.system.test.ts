import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { systemPasswords } from '../../../src/adapters/system/passwords.js';
import { passwordsContract } from './passwords.contract.js';

passwordsContract('argon2id', systemPasswords());

const busy = err({ kind: 'rate_limited', retryAfterSeconds: 1 });

describe('Passwords: argon2id', () => {
  it('are hashed at OWASP’s cost, each with a salt of its own', async () => {
    const passwords = systemPasswords();
    const [one, two] = [
      (await passwords.hash('x'))._unsafeUnwrap(),
      (await passwords.hash('x'))._unsafeUnwrap(),
    ];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('wait in a short queue, and are refused beyond it', async () => {
    const passwords = systemPasswords({ atOnce: 2, waiting: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => passwords.verify(undefined, 'x')));
    expect(answers).toEqual([...Array(5).fill(ok(false)), ...Array(3).fill(busy)]);
  });

  it('have room again once the queue is worked off, also after one that threw', async () => {
    const passwords = systemPasswords({ atOnce: 1, waiting: 0 });
    await expect(Promise.resolve(passwords.verify('not a hash', 'x'))).rejects.toThrow();
    expect(await passwords.verify(undefined, 'x')).toEqual(ok(false));
    expect(await Promise.all([passwords.verify(undefined, 'x'), passwords.verify(undefined, 'x')])).toEqual([
      ok(false),
      busy,
    ]);
  });

  it('cost as much work for an unknown user as for a wrong password', async () => {
    const passwords = systemPasswords();
    const hash = (await passwords.hash('right'))._unsafeUnwrap();
    // Processor time, which other processes on the machine do not lengthen as they do the clock's.
    const work = async (stored: string | undefined): Promise<number> => {
      const before = process.cpuUsage();
      expect(await passwords.verify(stored, 'wrong')).toEqual(ok(false));
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const rounds = [];
    for (let i = 0; i < 8; i += 1) rounds.push({ unknown: await work(undefined), wrong: await work(hash) });
    const [unknown, wrong] = [
      Math.min(...rounds.map((round) => round.unknown)),
      Math.min(...rounds.map((round) => round.wrong)),
    ];
    expect(unknown).toBeGreaterThan(wrong / 3);
    expect(wrong).toBeGreaterThan(unknown / 3);
  });
});

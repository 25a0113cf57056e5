import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { countingIds } from '../../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryEmail } from '../../../../src/adapters/memory/shared/memory-email.js';
import { seededRandom } from '../../../../src/adapters/memory/shared/seeded-random.js';
import { systemDigest } from '../../../../src/adapters/system/digest.js';
import { systemIds } from '../../../../src/adapters/system/ids.js';
import { systemRandom } from '../../../../src/adapters/system/random.js';
import { isUuid } from '../../../../src/domain/shared/ids.js';
import { instant } from '../../../../src/domain/shared/time.js';

describe('ids', () => {
  it.each([
    ['system', systemIds],
    ['counting', countingIds()],
  ])('%s: are well-formed UUIDv7s, each after the one before', (_, ids) => {
    const made = Array.from({ length: 2_000 }, () => ids.next());
    expect(made.filter((id) => !isUuid(id) || id[14] !== '7' || !'89ab'.includes(id[19] ?? ''))).toEqual([]);
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });

  it('counting: are the same in every run', () => {
    expect(countingIds(255).next()).toBe('00000000-0000-7000-8000-0000000000ff');
  });
});

describe('random', () => {
  it.each([
    ['system', systemRandom],
    ['seeded', seededRandom()],
  ])('%s: is base64url of the asked size and differs each time', (_, random) => {
    for (const bytes of [1, 16, 32]) {
      const tokens = [random.token(bytes), random.token(bytes)];
      expect(tokens[0]).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(tokens.map(({ length }) => length)).toEqual(Array(2).fill(Math.ceil((bytes * 4) / 3)));
      if (bytes > 1) expect(tokens[0]).not.toBe(tokens[1]);
    }
  });

  it('seeded: repeats itself by seed', () => {
    expect(seededRandom(7).token(32)).toBe(seededRandom(7).token(32));
    expect(seededRandom(7).token(32)).not.toBe(seededRandom(8).token(32));
  });
});

describe('digest', () => {
  it('is SHA-256 in hexadecimal', () => {
    // FIPS 180-2, appendix B.1
    expect(systemDigest.sha256('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

describe('fixed clock', () => {
  it('stands still until it is moved', () => {
    const clock = fixedClock(instant(5));
    expect([clock.now(), clock.now()]).toEqual([5, 5]);
    clock.advance(10);
    expect(clock.now()).toBe(15);
    clock.set(instant(1));
    expect(clock.now()).toBe(1);
  });
});

describe('memory e-mail', () => {
  it('shows what was sent, and a message sent twice once', async () => {
    const email = memoryEmail();
    const message = { id: 'a', to: 'ada@example.com', subject: 'Hello', text: 'Ada' };
    expect(await email.send(message)).toEqual(ok(undefined));
    expect(await email.send(message)).toEqual(ok(undefined));
    expect(await email.send({ ...message, id: 'b' })).toEqual(ok(undefined));
    expect(email.sent()).toEqual([message, { ...message, id: 'b' }]);
  });
});

import { err, ok } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FixedClock, fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { SECOND } from '../../../src/domain/shared/time.js';
import type { RateLimits } from '../../../src/ports/shared/rate-limits.js';
import { AT, newId } from './shared.rig.js';

export const LIMITS = { login: { points: 3, windowSeconds: 60 }, register: { points: 1, windowSeconds: 10 } };
export type LimitName = keyof typeof LIMITS;

const busy = (retryAfterSeconds: number) => err({ kind: 'rate_limited', retryAfterSeconds });

export const rateLimitsContract = (
  name: string,
  open: (clock: FixedClock) => Promise<RateLimits<LimitName>>,
) =>
  describe(`RateLimits: ${name}`, () => {
    const clock = fixedClock(AT);
    let limits: RateLimits<LimitName>;
    beforeAll(async () => {
      limits = await open(clock);
    });
    const consume = async (key: string, times: number) => {
      const answers = [];
      for (let i = 0; i < times; i += 1) answers.push(await limits.consume('login', key));
      return answers;
    };

    it('gives as many points as the limit has, then says when to come again', async () => {
      expect(await consume(newId(), 5)).toEqual([
        ok(undefined),
        ok(undefined),
        ok(undefined),
        busy(60),
        busy(60),
      ]);
    });

    it('gives them again when the window is over, and not before', async () => {
      const key = newId();
      await consume(key, 4);
      clock.advance(59 * SECOND + 1);
      expect(await consume(key, 1)).toEqual([busy(1)]);
      clock.advance(SECOND - 1);
      expect(await consume(key, 4)).toEqual([ok(undefined), ok(undefined), ok(undefined), busy(60)]);
    });

    it('counts each limit and each key by itself', async () => {
      const [key, other] = [newId(), newId()];
      await consume(key, 3);
      expect(await limits.consume('login', other)).toEqual(ok(undefined));
      expect(await limits.consume('register', key)).toEqual(ok(undefined));
      expect(await limits.consume('register', key)).toEqual(busy(10));
    });

    it('forgets what a key has used when told to', async () => {
      const key = newId();
      await consume(key, 4);
      expect(await limits.forgive('login', key)).toEqual(ok(undefined));
      expect(await limits.consume('login', key)).toEqual(ok(undefined));
    });

    it('takes keys of any length and text', async () => {
      const key = `${'ü'.repeat(5_000)}@例え.jp ::1`;
      expect(await consume(key, 4)).toEqual([ok(undefined), ok(undefined), ok(undefined), busy(60)]);
      expect(await limits.consume('login', `${key}.`)).toEqual(ok(undefined));
    });

    it('gives no more points than there are to requests that come at once', async () => {
      const key = newId();
      const answers = await Promise.all(Array.from({ length: 10 }, () => limits.consume('login', key)));
      expect(answers.filter((answer) => answer.isOk())).toHaveLength(3);
    });
  });

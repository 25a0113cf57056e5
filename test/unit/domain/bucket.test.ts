import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { instant } from '../../../src/domain/shared/time.js';
import {
  advance,
  type Bucket,
  type BucketAction,
  bucketName,
  lifecycle,
} from '../../../src/domain/storage/bucket.js';

const bucket = (status: Bucket['status']): Bucket => ({
  id: 'b',
  version: 1,
  accountId: 'a' as AccountId,
  name: 'name',
  bucketName: 'th-b',
  region: 'local',
  accessKeyId: 'TH',
  status,
  createdAt: instant(0),
  updatedAt: instant(0),
});
const action = fc.constantFrom<BucketAction>('activate', 'fail', 'delete', 'bury');

it('moves only as its table says, and ends in a grave it never leaves', () =>
  fc.assert(
    fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
      let current = bucket('pending');
      for (const next of actions) {
        const allowed: Partial<Record<BucketAction, Bucket['status']>> = lifecycle[current.status];
        const moved = advance(current, next, instant(7));
        expect(moved.isOk()).toBe(allowed[next] !== undefined);
        if (moved.isErr())
          expect(moved.error).toEqual({ kind: 'illegal_transition', from: current.status, action: next });
        else {
          expect(moved.value).toEqual({ ...current, status: allowed[next], updatedAt: 7 });
          current = moved.value;
        }
      }
    }),
  ));

it('is never usable again once deletion has begun', () =>
  fc.assert(
    fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
      const end = actions.reduce(
        (current, next) => advance(current, next, instant(1)).unwrapOr(current),
        bucket('deleting'),
      );
      expect(['deleting', 'deleted']).toContain(end.status);
    }),
  ));

it('takes the names that S3 takes', () => {
  for (const name of ['abc', 'a-b', 'a.b', '0a0', 'x'.repeat(63), 'my-bucket.2026'])
    expect(bucketName(name).isOk()).toBe(true);
  for (const name of [
    '',
    'ab',
    'x'.repeat(64),
    'Abc',
    'a_b',
    '-ab',
    'ab-',
    '.ab',
    'ab.',
    'a..b',
    'a.-b',
    'a-.b',
    '10.0.0.1',
    'xn--abc',
    'sthree-x',
    'a-s3alias',
    'b--ol-s3',
    'é-bucket',
    'a b',
    'abc\n',
  ])
    expect([name, bucketName(name).isErr()]).toEqual([name, true]);
});

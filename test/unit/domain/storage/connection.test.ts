import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { instant } from '../../../../src/domain/shared/time.js';
import {
  advance,
  type Connection,
  type ConnectionAction,
  type ConnectionStatus,
  lifecycle,
  signingRegion,
} from '../../../../src/domain/storage/connection.js';
import { scrubbed, textOf } from '../../../../src/domain/storage/scrubbed.js';
import { PRIVATE_KEY } from '../../../support/gcp-key-file.js';
import { aConnection } from '../../../support/storage.js';

const connection = (status: ConnectionStatus): Connection => aConnection('a' as AccountId, { status });
const action = fc.constantFrom<ConnectionAction>('verify', 'pass', 'refuse', 'fail');

describe('A connection', () => {
  it('moves only as its table says, and can be verified whatever it is', () =>
    fc.assert(
      fc.property(fc.array(action, { maxLength: 12 }), (actions) => {
        let current = connection('pending');
        for (const next of actions) {
          const allowed: Partial<Record<ConnectionAction, ConnectionStatus>> = lifecycle[current.status];
          const moved = advance(current, next, instant(7));
          expect(moved.isOk()).toBe(allowed[next] !== undefined);
          if (moved.isErr())
            expect(moved.error).toEqual({ kind: 'illegal_transition', from: current.status, action: next });
          else {
            expect(moved.value).toEqual({ ...current, status: allowed[next], updatedAt: 7 });
            current = moved.value;
          }
          expect(advance(current, 'verify', instant(8))._unsafeUnwrap().status).toBe('verifying');
        }
      }),
    ));

  it('has a verdict for every end of a verification', () => {
    expect(
      (['pass', 'refuse', 'fail'] as const).map(
        (verdict) => advance(connection('verifying'), verdict, instant(1))._unsafeUnwrap().status,
      ),
    ).toEqual(['verified', 'invalid', 'failed']);
  });

  it('signs for the region without the provider’s name before it', () => {
    expect(signingRegion({ provider: 'aws', region: 'aws:us-east-1' })).toBe('us-east-1');
    expect(signingRegion({ provider: 'aws', region: 'eu-west-3' })).toBe('eu-west-3');
    expect(signingRegion({ provider: 's3compat', region: 'aws:us-east-1' })).toBe('aws:us-east-1');
  });
});

describe('What a store says', () => {
  it('is read without the secret, whole or by the line, wherever in it that stands', () =>
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.constantFrom('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', PRIVATE_KEY),
        (before, after, secret) => {
          const lines = secret.split('\n').filter((line) => line.length >= 8);
          for (const piece of [secret, ...lines]) {
            const said = scrubbed(`${before}${piece}${after}${piece}`, secret);
            for (const part of lines) expect(said).not.toContain(part);
          }
        },
      ),
    ));

  it('is short, and is text whatever was thrown', () => {
    expect(scrubbed('x'.repeat(10_000), 'secret-secret')).toHaveLength(300);
    expect([textOf(new Error('why')), textOf('why'), textOf({ secret: 1 }), textOf(undefined)]).toEqual([
      'why',
      'why',
      'no answer',
      'no answer',
    ]);
  });
});

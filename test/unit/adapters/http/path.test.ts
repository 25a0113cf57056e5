import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paramsOf, pathPattern, specificity } from '../../../../src/adapters/http/kit/path.js';

const read = (template: string, path: string) => {
  const { pattern, names } = pathPattern(template);
  const match = pattern.exec(path);
  return match && paramsOf(names, match.slice(1));
};

describe('a path', () => {
  it('gives its parameters back, whatever text they are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.string({ unit: 'grapheme', minLength: 1 }),
        (a, b) => {
          const path = `/v1/a/${encodeURIComponent(a)}/b/${encodeURIComponent(b)}:verify`;
          expect(read('/v1/a/{one}/b/{other}:verify', path)).toEqual({ one: a, other: b });
        },
      ),
    );
  });

  it('is matched letter by letter', () => {
    expect(read('/docs/{name}.json', '/docs/a.json')).toEqual({ name: 'a' });
    expect(read('/docs/{name}.json', '/docs/a_json')).toBeNull();
    expect(read('/a+b', '/a+b')).toEqual({});
    for (const other of ['/A/1', '/a/1/', '/a/', '/a/1/2', 'x/a/1', '/a/1?'])
      expect([other, read('/a/{id}', other)]).toEqual([other, other === '/a/1?' ? { id: '1?' } : null]);
  });

  it('keeps verbs and ids apart, unless the colon is escaped', () => {
    expect(read('/a/{id}', '/a/1:verify')).toBeNull();
    expect(read('/a/{id}', '/a/1%3Averify')).toEqual({ id: '1:verify' });
    expect(read('/a/{id}:verify', '/a/1%3Averify')).toBeNull();
    expect(read('/a/{id}:verify', '/a/:verify')).toBeNull();
    expect(read('/a/{id}:verify', '/a/1:verify:verify')).toBeNull();
  });

  it('leaves out what does not decode', () => {
    expect(read('/a/{id}/{more}', '/a/%ff/%41')).toEqual({ more: 'A' });
    expect(read('/a/{id}', '/a/%')).toEqual({});
  });

  it('is more specific where it is literal, segment by segment', () => {
    const sorted = ['/a/{id}', '/a/{id}/b', '/a/current', '/{any}', '/a/{id}:verify', '/a/zzz/b'].sort(
      (x, y) => (specificity(x) < specificity(y) ? -1 : 1),
    );
    expect(sorted.indexOf('/a/current')).toBeLessThan(sorted.indexOf('/a/{id}'));
    expect(sorted.indexOf('/a/zzz/b')).toBeLessThan(sorted.indexOf('/a/{id}/b'));
    expect(sorted.at(-1)).toBe('/{any}');
  });
});

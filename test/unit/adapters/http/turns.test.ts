import { describe, expect, it } from 'vitest';
import { turns } from '../../../../src/adapters/http/kit/turns.js';

/** Works that a test ends, in the order in which they were begun. */
const stage = (most: number) => {
  const inTurn = turns(most);
  const begun: string[] = [];
  const ends = new Map<
    string,
    { readonly give: (value: string) => void; readonly fail: (defect: Error) => void }
  >();
  return {
    begun,
    ask: (name: string): Promise<string> =>
      inTurn(() => {
        begun.push(name);
        return new Promise((give, fail) => ends.set(name, { give, fail }));
      }),
    give: (name: string): Promise<void> => {
      ends.get(name)?.give(`${name} is done`);
      return settled();
    },
    fail: (name: string): Promise<void> => {
      ends.get(name)?.fail(new Error(`${name} is broken`));
      return settled();
    },
  };
};
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('those who take turns', () => {
  it('begin at once while there is room, then as others end, in the order in which they came', async () => {
    const { ask, begun, give } = stage(2);
    const asked = ['a', 'b', 'c', 'd'].map(ask);
    expect(begun).toEqual(['a', 'b']);
    await give('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await give('a');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    await give('d');
    await give('c');
    expect(await Promise.all(asked)).toEqual(['a is done', 'b is done', 'c is done', 'd is done']);
  });

  it('pass theirs on when they fail', async () => {
    const { ask, begun, fail, give } = stage(1);
    const broken = expect(ask('a')).rejects.toThrow('a is broken');
    const next = ask('b');
    await fail('a');
    await broken;
    await give('b');
    expect(await next).toBe('b is done');
    expect(begun).toEqual(['a', 'b']);
  });

  it('never become more, whoever comes while one ends', async () => {
    const { ask, begun, give } = stage(1);
    const first = ask('a');
    const second = ask('b');
    const third = first.then(() => ask('c'));
    await give('a');
    expect(begun).toEqual(['a', 'b']);
    await give('b');
    await give('c');
    expect([await second, await third]).toEqual(['b is done', 'c is done']);
    const fourth = ask('d');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    await give('d');
    expect(await fourth).toBe('d is done');
  });
});

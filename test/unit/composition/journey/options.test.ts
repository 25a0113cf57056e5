import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../../src/composition/journey/options.js';

describe('the options of the journey', () => {
  it('are all optional', () => {
    expect(readOptions([])._unsafeUnwrap()).toEqual({ help: false, directory: undefined });
    expect(readOptions(['docs', '--url', 'https://tolls.example/api//'])._unsafeUnwrap()).toEqual({
      help: false,
      directory: 'docs',
      url: 'https://tolls.example/api',
    });
    expect(readOptions(['-h'])._unsafeUnwrap()).toEqual({ help: true });
  });

  it.each([
    [['a', 'b']],
    [['--verbose']],
    [['--url']],
    [['--url', 'localhost:8080']],
    [['--url', 'ftp://localhost']],
    [['--url', '']],
  ])('refuse %j', (args) => {
    expect(readOptions(args)._unsafeUnwrapErr().kind).toBe('usage');
  });
});

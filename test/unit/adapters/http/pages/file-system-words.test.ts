import { describe, expect, it } from 'vitest';
import { markupOf } from '../../../../../src/adapters/http/kit/html.js';
import { accessView, quoted } from '../../../../../src/adapters/http/pages/file-system-access.views.js';
import { deedsFor, sentencesOf } from '../../../../../src/adapters/http/pages/file-system-words.js';
import type { FileSystem } from '../../../../../src/domain/fleet/file-system.js';
import { fileSystemPhases } from '../../../../../src/domain/fleet/lifecycle.js';
import { newId } from '../../../../support/accounts.js';
import { aFileSystem } from '../../../../support/fleet.js';

const one = (over: Partial<FileSystem>): FileSystem => aFileSystem(newId() as never, over);
const words = (over: Partial<FileSystem>): string => sentencesOf(one(over)).join(' ');

describe('what a page says of a file system', () => {
  it('is a whole sentence in every phase of every status', () => {
    for (const [status, phases] of Object.entries(fileSystemPhases))
      for (const phase of phases)
        expect([status, phase, words({ status: status as FileSystem['status'], phase })]).toEqual([
          status,
          phase,
          expect.stringMatching(/^[A-Z].*\.$/),
        ]);
  });

  it('tells what draining leads to', () => {
    expect(words({ status: 'running', phase: 'draining' })).toMatch(
      /being sent to the bucket\. Then it is stopped\.$/,
    );
    expect(words({ status: 'terminating', phase: 'draining' })).toMatch(/Then it is deleted\.$/);
    expect(words({ status: 'terminating', phase: 'discarding' })).toBe(
      'It is being deleted, and what was not in the bucket yet with it.',
    );
  });

  it('tells of a flush until the last one that was asked for is done', () => {
    const running = { status: 'running', phase: 'healthy' } as const;
    expect(words(running)).toBe('It is served.');
    expect(words({ ...running, flushesAsked: 2, flushesDone: 1 })).toContain('A flush is under way.');
    expect(words({ ...running, flushesAsked: 2, flushesDone: 2 })).toContain('is in the bucket.');
  });
});

describe('what a page offers to do with a file system', () => {
  it.each([
    [{ status: 'pending', desired: 'running' }, ['stop', 'remove']],
    [{ status: 'running', desired: 'running' }, ['stop', 'flush', 'remove']],
    [{ status: 'running', desired: 'stopped' }, ['start', 'flush', 'remove']],
    [{ status: 'stopped', desired: 'stopped' }, ['start', 'remove']],
    [{ status: 'failed', desired: 'running' }, ['start', 'stop', 'remove', 'discard']],
    [{ status: 'failed', desired: 'stopped' }, ['start', 'remove', 'discard']],
    [{ status: 'terminating', desired: 'stopped' }, []],
    [{ status: 'terminating', phase: 'draining', desired: 'stopped' }, ['discard']],
    [{ status: 'terminating', phase: 'discarding', desired: 'stopped' }, []],
  ] as const)('of %o is %o', (over, deeds) => {
    const offered = Object.entries(deedsFor(one(over))).filter(([, sensible]) => sensible);
    expect(offered.map(([deed]) => deed)).toEqual(deeds);
  });
});

describe('the ways in', () => {
  it('are one word each to a shell, whatever they hold', () => {
    expect(quoted("it's $(here)")).toBe("'it'\\''s $(here)'");
  });

  it('are those that are served, and none while nothing is', () => {
    const nfs = markupOf(
      accessView({ nfs: { server: '192.0.2.1', port: 12_049, path: '/files' } }, undefined),
    );
    expect(nfs).toContain('sudo mount -t nfs4 -o port=12049 &#39;192.0.2.1:/files&#39; /mnt/tollhouse');
    expect(nfs).not.toContain('rclone');
    const webdav = markupOf(accessView({ webdav: { url: 'http://x/', username: '"u"' } }, undefined));
    expect(webdav).toContain('<code id="username">&quot;u&quot;</code>');
    expect(webdav).not.toContain('Password</dt>');
    expect(markupOf(accessView(undefined, undefined))).toBe('<p>It has an address while it is served.</p>');
  });
});

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { expect, it } from 'vitest';
// @ts-expect-error the rules are plain JavaScript
import rules from '../../.dependency-cruiser.mjs';

const sources = async (): Promise<readonly string[]> =>
  (await readdir('src', { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();

it('keeps every arrow pointing inwards, in every file there is', { timeout: 60_000 }, async () => {
  const { forbidden, options } = rules;
  const { output } = await cruise(['src'], {
    ...options,
    validate: true,
    ruleSet: { forbidden, options },
  } as never);
  const { modules, summary } = output as ICruiseResult;
  // A cruise that reads nothing finds nothing wrong either.
  const read = modules.map(({ source }) => source).filter((source) => source.startsWith('src/'));
  expect(read.sort()).toEqual(await sources());
  expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
});

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConfigError, readConfig, Settings } from '../../src/composition/config.js';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const text = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');

/** What a build, a run or an install leaves here, by .gitignore. */
const ignored = async (): Promise<(path: string) => boolean> => {
  const lines = (await text('.gitignore')).split('\n').filter((line) => line !== '');
  const matches = (path: string, line: string): boolean =>
    line.startsWith('*') ? path.endsWith(line.slice(1)) : `${path}/`.startsWith(line);
  return (path) => path === '.git' || lines.some((line) => matches(path, line));
};

const walk = async (skip: (path: string) => boolean, folder = ''): Promise<readonly string[]> => {
  const found = await readdir(join(ROOT, folder), { withFileTypes: true });
  const paths = found.map((entry) => ({ entry, path: join(folder, entry.name) }));
  const kept = paths.filter(({ path }) => !skip(path));
  const nested = await Promise.all(
    kept.map(({ entry, path }) => (entry.isDirectory() ? walk(skip, path) : Promise.resolve([path]))),
  );
  return nested.flat();
};

/** The tracked files and those about to be; in a copy without git, all there are. */
const files = async (): Promise<readonly string[]> => {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = await run('git', list, { cwd: ROOT, maxBuffer: 2 ** 26 }).catch(() => undefined);
  const known = listed?.stdout.split('\0').filter((path) => path !== '') ?? (await walk(await ignored()));
  return known.filter((path) => existsSync(join(ROOT, path))).sort();
};

const contents = async (paths: readonly string[]): Promise<readonly { path: string; body: string }[]> =>
  Promise.all(paths.map(async (path) => ({ path, body: await text(path) })));

/** The part of a document between `<!-- name:start -->` and `<!-- name:end -->`. */
const between = (document: string, name: string): string => {
  const [, rest] = document.split(`<!-- ${name}:start -->\n`);
  const [part] = rest?.split(`\n<!-- ${name}:end -->`) ?? [];
  if (part === undefined) throw new Error(`the document has no part called ${name}`);
  return part;
};

type Property = {
  readonly description: string;
  readonly default?: string | number;
  readonly enum?: string[];
};

const settingsTable = (): string => {
  const { properties } = z.toJSONSchema(Settings, { io: 'input' });
  const rows = Object.entries(properties as Record<string, Property>).map(([name, setting]) => {
    const values = setting.enum ? ` One of ${setting.enum.map((value) => `\`${value}\``).join(', ')}.` : '';
    const fallback = (setting.default ?? '') === '' ? 'none' : `\`${setting.default}\``;
    return `| \`${name}\` | ${fallback} | ${setting.description}${values} |`;
  });
  return ['| Variable | Default | What it is for |', '|---|---|---|', ...rows].join('\n');
};

describe('the README', () => {
  it('explains every setting there is, as the program itself does', async () => {
    expect(between(await text('README.md'), 'settings')).toBe(settingsTable());
  });

  it('shows a live configuration that the program accepts', async () => {
    const lines = between(await text('README.md'), 'live').split('\n');
    const given = Object.fromEntries(
      lines.flatMap((line) => (/^[A-Z_]+=/.test(line) ? [line.split(/=(.*)/s).slice(0, 2)] : [])),
    );
    expect(readConfig(given)).toMatchObject({ profile: 'live', HOST: '127.0.0.1' });
    for (const name of ['DATABASE_URL', 'TOLLHOUSE_SECRET_KEY', 'BASE_URL', 'SMTP_URL'])
      expect(() => readConfig({ NODE_ENV: 'production', ...given, [name]: undefined })).toThrow(ConfigError);
  });

  it('and the documents link to files that exist', async () => {
    const paths = await files();
    const documents = paths.filter((path) => path.endsWith('.md'));
    const links = (await contents(documents)).flatMap(({ path, body }) =>
      [...body.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^[a-z]+:/.test(target))
        .map((target) => ({ path, target: relative(ROOT, resolve(ROOT, dirname(path), target)) })),
    );
    const exists = (target: string): boolean =>
      paths.includes(target) || paths.some((path) => path.startsWith(`${target.replace(/\/$/, '')}/`));
    expect(links.filter(({ target }) => !exists(target))).toEqual([]);
    const decisions = paths.filter((path) => path.startsWith('docs/adr/'));
    const linked = links.filter(({ path }) => path === 'README.md').map(({ target }) => target);
    expect(decisions.filter((path) => !linked.includes(path))).toEqual([]);
    expect(decisions.length).toBeGreaterThan(0);
  });

  it('names only npm scripts that exist', async () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await text('package.json')));
    const documents = (await files()).filter((path) => path.endsWith('.md'));
    const named = (await contents(documents)).flatMap(({ body }) =>
      [...body.matchAll(/npm run ([a-z:-]+)/g)].map(([, name = '']) => name),
    );
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([]);
    expect(named).toContain('journey');
  });
});

describe('every decision', () => {
  it('says where it stands, why, what follows and what else was weighed, on one page', async () => {
    const paths = (await files()).filter((path) => path.startsWith('docs/adr/'));
    const sections = ['Status', 'Context', 'Decision', 'Consequences', 'Alternatives'];
    const poor = (await contents(paths)).filter(
      ({ body }) =>
        !sections.every((section) => body.includes(`\n## ${section}\n`)) || body.split(/\s+/).length > 800,
    );
    expect(poor.map(({ path }) => path)).toEqual([]);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.map((path) => Number(/adr\/(\d{4})-[a-z-]+\.md$/.exec(path)?.[1]))).toEqual(
      paths.map((_, index) => index + 1),
    );
  });
});

describe('the lockfile', () => {
  const Names = z.record(z.string(), z.string()).optional();
  const Entry = z.object({
    integrity: z.string().optional(),
    resolved: z.string().optional(),
    dependencies: Names,
    optionalDependencies: Names,
    os: z.array(z.string()).optional(),
    cpu: z.array(z.string()).optional(),
    libc: z.array(z.string()).optional(),
  });
  const locked = async () =>
    z.object({ packages: z.record(z.string(), Entry) }).parse(JSON.parse(await text('package-lock.json')))
      .packages;

  it('names every package that another one asks for, also those of other platforms', async () => {
    const packages = await locked();
    // As Node looks for it: beside the one that asks, then ever further out.
    const has = (from: string, name: string): boolean =>
      `${from === '' ? '' : `${from}/`}node_modules/${name}` in packages ||
      (from !== '' && has(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name));
    const asked = Object.entries(packages).flatMap(([from, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies }).map((name) => ({ from, name })),
    );
    expect(asked.filter(({ from, name }) => !has(from, name))).toEqual([]);
    expect(asked.length).toBeGreaterThan(100);
  });

  it('pins by its digest every package that installs on Linux, and none by an address', async () => {
    const fits = (list: readonly string[] | undefined, ...values: readonly string[]): boolean =>
      list === undefined || values.some((value) => list.includes(value));
    const packages = Object.entries(await locked()).filter(([path]) => path !== '');
    const loose = packages.filter(
      ([, { os, cpu, libc, integrity }]) =>
        !integrity && fits(os, 'linux') && fits(cpu, 'x64', 'arm64') && fits(libc, 'glibc'),
    );
    expect(loose.map(([path]) => path)).toEqual([]);
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

// Spelt so that this file does not hold what it looks for.
const UNWELCOME: Readonly<Record<string, RegExp>> = {
  'a path of somebody’s machine': /(?<![\w.])\/(?:home|Users|work|root)\/[\w.-]/,
  'the address of a package registry': /registry\.(?:npmjs|yarnpkg)|\bregistry\.[a-z0-9-]+\.[a-z]/i,
  'a mark of unfinished work': /\b(?:TO(?:)DO|FIX(?:)ME|XX(?:)X|HA(?:)CK)\b/,
  'a test that is left out': /\b(?:it|test|describe)\.(?:skip|only|todo)\b/,
  'a suppression of the compiler without a reason': /@ts-(?:ignore|nocheck)|@ts-expect-error\s*$/m,
};

describe('no tracked file', () => {
  it.each(Object.entries(UNWELCOME))('holds %s', async (_, unwelcome) => {
    const paths = await files();
    // The bytes of a picture spell anything by chance.
    const texts = paths.filter((path) => !path.endsWith('.png'));
    const found = (await contents(texts)).filter(({ body }) => unwelcome.test(body));
    expect(found.map(({ path }) => path)).toEqual([]);
    expect(paths).toContain('package.json');
  });
});

/** Longer than 200 lines, and why it stays in one piece. */
const LONG: Readonly<Record<string, string>> = {};

describe('the sources', () => {
  it('are files of at most 200 lines, save those with a reason', async () => {
    const sources = (await files()).filter((path) => /^src\/.*\.ts$/.test(path));
    const long = (await contents(sources)).filter(({ body }) => body.split('\n').length - 1 > 200);
    expect(long.map(({ path }) => path).sort()).toEqual(Object.keys(LONG).sort());
    expect(sources.length).toBeGreaterThan(0);
  });

  it('take time, chance and settings from outside, save where those come in', async () => {
    const pure = (await files()).filter(
      (path) => /^src\/.*\.ts$/.test(path) && !/^src\/(adapters\/system|composition)\//.test(path),
    );
    const code = (body: string): string => body.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '');
    const ambient = /new Date\(\)|Date\.now\(|Math\.random|randomUUID|process\.env/;
    const found = (await contents(pure)).filter(({ body }) => ambient.test(code(body)));
    expect(found.map(({ path }) => path)).toEqual([]);
    expect(pure.length).toBeGreaterThan(0);
  });

  it.each([['training-pipes'], ['datilio'], ['sentryagent', 'sentryagent-billing', '/api/v1']])(
    'hold the endpoints that %s has as published, as the generator writes them',
    async (contract, ...named) => {
      const copy = await mkdtemp(join(tmpdir(), 'tollhouse-operations-'));
      const [facts, generated] = ['test/contract/published/facts', `src/adapters/http/${contract}`];
      try {
        await cp(join(ROOT, facts), join(copy, facts), { recursive: true });
        await mkdir(join(copy, generated), { recursive: true });
        await run(process.execPath, [join(ROOT, 'tools/generate-operations.mjs'), contract, ...named], {
          cwd: copy,
        });
        const anew = await readFile(join(copy, generated, 'operations.ts'), 'utf8');
        expect(await text(`${generated}/operations.ts`)).toBe(anew);
      } finally {
        await rm(copy, { recursive: true });
      }
    },
  );
});

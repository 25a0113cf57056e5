import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  authenticatedRead,
  authenticatedReadLogged,
  authenticatedReadNewTokens,
} from './benchmarks/authenticated-read.mjs';
import { entitlementCheck, entitlementCheckManyProjects } from './benchmarks/entitlement-check.mjs';
import { entitlementsFlatness } from './benchmarks/entitlements-flatness.mjs';
import { fleetConvergence } from './benchmarks/fleet-convergence.mjs';
import { folderZip } from './benchmarks/folder-zip.mjs';
import { downloadLarge, uploadLarge } from './benchmarks/large-objects.mjs';
import { plans } from './benchmarks/plans.mjs';
import { s3Store } from './benchmarks/s3-store.mjs';
import { slowReaders } from './benchmarks/slow-readers.mjs';
import { smallObjects } from './benchmarks/small-objects.mjs';
import { sseClients } from './benchmarks/sse-clients.mjs';
import { usageIngestion } from './benchmarks/usage-ingestion.mjs';
import { usageReport } from './benchmarks/usage-report.mjs';
import { webdavRead } from './benchmarks/webdav-read.mjs';
import { webhookPipeline } from './benchmarks/webhook-pipeline.mjs';
import { openPostgres } from './harness/postgres.mjs';
import { markdown, putInto } from './harness/report.mjs';

const BENCHMARKS = [
  authenticatedRead,
  authenticatedReadNewTokens,
  authenticatedReadLogged,
  uploadLarge,
  downloadLarge,
  smallObjects,
  folderZip,
  slowReaders,
  s3Store,
  usageReport,
  plans,
  entitlementCheck,
  entitlementCheckManyProjects,
  usageIngestion,
  fleetConvergence,
  sseClients,
  webdavRead,
  webhookPipeline,
  entitlementsFlatness,
];
const FEWEST_PAIRS = 5;

const root = resolve(import.meta.dirname, '..');
const results = join(import.meta.dirname, 'results');
const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: String(FEWEST_PAIRS) },
    /** Where the built server is. */
    dist: { type: 'string', default: join(root, 'dist') },
    /** Writes a .cpuprofile of our server for each benchmark into this directory; distorts the ratios. */
    profile: { type: 'string' },
    /** A document that gets the table, between its bench markers. */
    into: { type: 'string' },
  },
});

const say = (line) => process.stderr.write(`${line}\n`);

const chosen = () => {
  const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0)
    throw new Error(
      `no benchmark ${unknown.join(', ')}; there are: ${BENCHMARKS.map(({ name }) => name).join(', ')}`,
    );
  return BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name));
};

const note = (name) => (pair) => {
  const rates = [pair.ours, pair.baseline].map(({ rate }) => rate.toFixed(0));
  say(`${name}: ${rates.join(' : ')} = ${(pair.ours.rate / pair.baseline.rate).toFixed(3)}`);
};

/** One benchmark, with a directory and a database of its own. */
const measure = async (benchmark, { postgres, dir }) => {
  const own = join(dir, benchmark.name);
  await mkdir(own);
  const database = await postgres.fresh();
  try {
    return await benchmark.measure({
      dist: resolve(options.dist),
      dir: own,
      databaseUrl: database.url,
      baselines: join(import.meta.dirname, 'baseline'),
      profileDir: options.profile && resolve(options.profile),
      count: Math.max(FEWEST_PAIRS, Number(options.pairs)),
      note,
    });
  } finally {
    await database.drop();
    await rm(own, { recursive: true, force: true });
  }
};

const machineWith = async (postgres) => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const [{ model }] = cpus();
  return {
    tollhouse: version,
    node: process.versions.node,
    postgres: postgres.version,
    cores: cpus().length,
    processor: model,
    loadBefore: loadavg(),
  };
};

const run = async () => {
  const benchmarks = chosen();
  await mkdir(results, { recursive: true });
  // Beside the results and not in a temporary directory: that may be memory, and a flush would cost nothing.
  const dir = await mkdtemp(join(results, 'running-'));
  const postgres = await openPostgres({ dist: resolve(options.dist), dir }).catch(async (problem) => {
    await rm(dir, { recursive: true, force: true });
    throw problem;
  });
  try {
    const machine = await machineWith(postgres);
    const rows = [];
    for (const benchmark of benchmarks) rows.push(...(await measure(benchmark, { postgres, dir })));
    return { date: new Date().toISOString(), machine, rows };
  } finally {
    await postgres.close();
    await rm(dir, { recursive: true, force: true });
  }
};

const result = await run();
const table = markdown(result);
await writeFile(join(results, `${result.date.replaceAll(':', '-')}.json`), JSON.stringify(result, null, 2));
if (options.into) putInto(options.into, table);
process.stdout.write(table);

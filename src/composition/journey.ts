import { fileURLToPath } from 'node:url';
import { ok, safeTry } from 'neverthrow';
import { openClient } from './journey/client.js';
import { connectBucket } from './journey/connection.js';
import { counted, printable, size } from './journey/figures.js';
import { visitFileSystem } from './journey/file-system.js';
import { type Collection, collect } from './journey/files.js';
import type { Failure, Phase } from './journey/findings.js';
import { archiveAll, deleteFolders } from './journey/folders.js';
import { expectEmpty, listAll } from './journey/listing.js';
import type { Made } from './journey/made.js';
import { readOptions, USAGE, type UsageProblem } from './journey/options.js';
import { purchase } from './journey/purchase.js';
import { type Receipt, renderReceipt } from './journey/receipt.js';
import { startServer } from './journey/server.js';
import { greet, leave, settle } from './journey/stay.js';
import { deleteFiles, downloadAll, uploadAll, WIDTH } from './journey/transfers.js';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));
const screen = process.stderr;
const say = (line: string): void => void screen.write(`${line}\n`);

type Outcome = Pick<Receipt, 'server' | 'phases' | 'failures' | 'usage' | 'limits' | 'invoices'> & {
  readonly users: readonly string[];
};

/** Files there and back again: what was made on the way is taken back, whatever happens. */
const travel = async (
  files: Collection['files'],
  { base, own }: { readonly base: string; readonly own: boolean },
  signal: AbortSignal,
): Promise<Outcome> => {
  const [phases, failures]: [Phase[], Failure[]] = [[], []];
  const [usage, limits, invoices]: [string[], string[], string[]] = [[], [], []];
  const made: Made = { undo: [], users: [] };
  // Only moving files is interrupted: what is made and taken back is never half done.
  const steady = openClient(base, 1);
  const swift = openClient(base, WIDTH, signal);
  const outcome = await safeTry<string, Failure>(async function* () {
    const version = yield* greet(steady);
    say(`Tollhouse ${version} answers on ${base}`);
    const settling = { client: steady, made, say };
    const stay = yield* settle(settling);
    const trip = { client: swift, stay, screen, signal, phases, failures };
    const sent = await uploadAll(trip, files);
    await listAll(trip, sent);
    await downloadAll(trip, sent);
    await archiveAll(trip, sent);
    if (sent.size > 0) await connectBucket(trip, settling, own);
    // On a server of somebody else's both would be paid for.
    if (sent.size > 0 && own) usage.push(...(await visitFileSystem(trip, settling, files, sent)));
    if (own) {
      const bought = await purchase(trip, base);
      invoices.push(...bought.invoices);
      limits.push(...bought.limits);
    }
    await deleteFiles(trip, sent);
    await deleteFolders(trip, sent);
    await expectEmpty(trip);
    return ok(version);
  });
  if (outcome.isErr()) failures.push(outcome.error);
  if (signal.aborted) failures.push({ step: 'journey', reason: 'interrupted' });
  failures.push(...(await leave(made.undo, say)));
  steady.close();
  swift.close();
  const server = outcome.isOk() ? `${base}, Tollhouse ${outcome.value}` : base;
  return { server, phases, usage, limits, invoices, failures, users: made.users };
};

/** On a server of its own, of which nothing is left; or on one that runs, where the new user stays. */
const report = async (
  { source, files, skipped, failures }: Collection,
  url: string | undefined,
  signal: AbortSignal,
): Promise<Receipt> => {
  const base = { source, skipped, left: [], phases: [], usage: [], limits: [], invoices: [] };
  if (url !== undefined) {
    const { users, ...outcome } = await travel(files, { base: url, own: false }, signal);
    const left = users.map((email) => `user ${email}: the API does not remove users`);
    return { ...base, ...outcome, left, failures: [...failures, ...outcome.failures] };
  }
  say('starting a server');
  const server = await startServer(MAIN);
  if (server.isErr()) return { ...base, server: 'none', failures: [...failures, server.error] };
  const { users: _, ...outcome } = await travel(files, { base: server.value.origin, own: true }, signal);
  const stopped = await server.value.stop();
  const late = stopped.isErr() ? [stopped.error] : [];
  return {
    ...base,
    ...outcome,
    server: `${outcome.server}, started for this`,
    failures: [...failures, ...outcome.failures, ...late],
  };
};

const misuse = ({ reason }: UsageProblem): number => {
  say(`${reason}\n\n${USAGE}`);
  return 2;
};

/** The first request to stop is followed in good order, the second at once. */
const interruption = (): AbortSignal => {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => (stop.signal.aborted ? process.exit(1) : stop.abort()));
  return stop.signal;
};

const main = async (args: readonly string[]): Promise<number> => {
  const options = readOptions(args);
  if (options.isErr()) return misuse(options.error);
  if (options.value.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const collected = await collect(options.value.directory);
  if (collected.isErr()) return misuse(collected.error);
  const { files, source } = collected.value;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  say(`taking ${counted(files.length, 'file')}, ${size(bytes)}: ${printable(source)}`);
  const receipt = await report(collected.value, options.value.url, interruption());
  process.stdout.write(renderReceipt(receipt));
  return receipt.failures.length === 0 ? 0 : 1;
};

process.exitCode = await main(process.argv.slice(2));

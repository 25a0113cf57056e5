import { parseArgs } from 'node:util';
import { err, ok, Result } from 'neverthrow';

export const USAGE = `Usage: npm run journey -- [DIRECTORY] [--url URL]

Takes real files through the public API and back: registers, creates a project, an API key and a
bucket, uploads, lists, downloads and compares every file, deletes it all, prints a receipt.

  DIRECTORY   all regular files below it; without it, the tracked files of this repository
  --url URL   a running server; without it, one is started for this and removed afterwards
`;

export type Options =
  | { readonly help: true }
  | { readonly help: false; readonly directory?: string | undefined; readonly url?: string | undefined };

export type UsageProblem = { readonly kind: 'usage'; readonly reason: string };

const usage = (reason: string) => err<never, UsageProblem>({ kind: 'usage', reason });

const parse = Result.fromThrowable(
  (args: readonly string[]) =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { url: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }),
  (cause): UsageProblem => ({ kind: 'usage', reason: (cause as Error).message }),
);

/** What a person typed behind `npm run journey --`. */
export const readOptions = (args: readonly string[]): Result<Options, UsageProblem> =>
  parse(args).andThen(({ values, positionals }): Result<Options, UsageProblem> => {
    if (values.help) return ok({ help: true });
    const [directory, ...more] = positionals;
    if (more.length > 0) return usage('One directory at a time.');
    if (values.url === undefined) return ok({ help: false, directory });
    if (!URL.canParse(values.url) || !/^https?:$/.test(new URL(values.url).protocol))
      return usage(`--url: "${values.url}" is not an http address.`);
    return ok({ help: false, directory, url: values.url.replace(/\/+$/, '') });
  });

import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Incoming } from '../../kit/route.js';

/** What came is no form of files as browsers send it. */
export type MalformedForm = { readonly kind: 'malformed_form'; readonly reason: string };

/** A file of a form, on its way: nobody has read it yet. */
export type FormFile = {
  /** The last part of its name, as it was on the sender's machine. */
  readonly name: string;
  readonly contentType: string | undefined;
  /** Fails when the form breaks off before the file's end. */
  readonly bytes: AsyncIterable<Uint8Array>;
};
export type FilesForm = {
  /** The fields that came before the first file; those after it are thrown away. */
  readonly fields: Readonly<Record<string, string>>;
  /** The next file, once the one before was read to its end; undefined after the last. */
  readonly nextFile: () => Promise<Result<FormFile | undefined, MalformedForm>>;
  /** Lets go of what was not read. */
  readonly close: () => void;
};

const MAX_FILES = 1_000;
const LIMITS = {
  fields: 10,
  fieldSize: 4 * 1024,
  files: MAX_FILES,
  parts: MAX_FILES + 10,
  headerPairs: 10,
  headerSize: 8 * 1024,
};

const malformed = (reason: string): MalformedForm => ({ kind: 'malformed_form', reason });

/** Browsers write quotes and line breaks of a name so (WHATWG HTML, "multipart form data"). */
const UNESCAPED: Readonly<Record<string, string>> = { '%22': '"', '%0D': '\r', '%0A': '\n' };
const fileName = (sent: string): string => {
  const name = sent.replaceAll(/%22|%0D|%0A/g, (code) => UNESCAPED[code] ?? code);
  return name.slice(name.lastIndexOf('/') + 1);
};

const parserOf = (contentType: string | undefined): BusboyInstance | undefined => {
  if (!/^multipart\/form-data\s*;/i.test(contentType ?? '')) return undefined;
  try {
    return new Busboy({
      headers: { 'content-type': contentType ?? '' },
      limits: LIMITS,
      preservePath: true,
      isPartAFile: (_field, _type, name) => name !== undefined,
    });
  } catch {
    return undefined;
  }
};

/** What the parser has found so far, and who waits for more of it. */
type Finding = { files: FormFile[]; problem?: MalformedForm; ended: boolean; wake: () => void };

/** Tells `finding` of all the parser says; answers how to end it all with a problem. */
const listen = (parser: BusboyInstance, finding: Finding, fields: Map<string, string>) => {
  const open = new Set<BusboyFileStream>();
  let filesBegun = false;
  const fail = (reason: string): void => {
    finding.problem ??= malformed(reason);
    for (const file of open) file.destroy(new Error(reason));
    finding.wake();
  };
  parser.on('field', (name, value, _nameCut, valueCut) => {
    if (valueCut) fail('A field is too long.');
    else if (!filesBegun && !fields.has(name)) fields.set(name, value);
  });
  parser.on('file', (_field, bytes, name, _encoding, contentType) => {
    filesBegun = true;
    // Without a listener an error of a file that nobody reads would end the process.
    bytes.on('error', () => {});
    open.add(bytes);
    bytes.once('close', () => open.delete(bytes));
    if (finding.problem) bytes.destroy(new Error(finding.problem.reason));
    finding.files.push({ name: fileName(name), contentType, bytes });
    finding.wake();
  });
  parser.on('partsLimit', () => fail('The form has too many parts.'));
  parser.on('fieldsLimit', () => fail('The form has too many fields.'));
  parser.on('filesLimit', () => fail(`A form takes at most ${MAX_FILES} files at once.`));
  parser.on('error', () => fail('The form is not whole.'));
  parser.on('finish', () => {
    finding.ended = true;
    finding.wake();
  });
  return fail;
};

/** Feeds the parser as fast as the files are read, until the body or the interest in it ends. */
const pump = async (
  { bytes }: Incoming,
  parser: BusboyInstance,
  closed: Promise<void>,
  isClosed: () => boolean,
): Promise<void> => {
  for await (const chunk of bytes) {
    await Promise.race([new Promise<void>((taken) => parser.write(chunk, () => taken())), closed]);
    if (isClosed()) return;
  }
  parser.end();
};

/** The fields of a form, and its files one after the other as they come in; nothing is kept of them. */
export const readForm = (incoming: Incoming): ResultAsync<FilesForm, MalformedForm> => {
  const opened = async (): Promise<Result<FilesForm, MalformedForm>> => {
    const parser = parserOf(incoming.contentType);
    if (!parser) return err(malformed('The form must be sent as multipart/form-data.'));
    const finding: Finding = { files: [], ended: false, wake: () => {} };
    const fields = new Map<string, string>();
    const fail = listen(parser, finding, fields);
    let isClosed = false;
    let close = (): void => {};
    const closed = new Promise<void>((resolve) => {
      close = () => {
        isClosed = true;
        fail('Nobody reads the form any more.');
        resolve();
      };
    });
    pump(incoming, parser, closed, () => isClosed).catch(() => fail('The form broke off.'));
    const settled = (): boolean => finding.files.length > 0 || finding.ended || finding.problem !== undefined;
    const nextFile = async (): Promise<Result<FormFile | undefined, MalformedForm>> => {
      while (!settled()) await new Promise<void>((resolve) => Object.assign(finding, { wake: resolve }));
      if (finding.problem) return err(finding.problem);
      return ok(finding.files.shift());
    };
    // The fields are there when the first file is, or the end.
    const first = await nextFile();
    if (first.isErr()) {
      close();
      return err(first.error);
    }
    if (first.value) finding.files.unshift(first.value);
    return ok({ fields: Object.fromEntries(fields), nextFile, close });
  };
  return new ResultAsync(opened());
};

import { ok, Result, safeTry } from 'neverthrow';
import { agreed, given, type InvalidConnection, refuse, type Told, told } from './told.js';

export type GcpCredentials = {
  readonly clientEmail: string;
  /** PEM. */
  readonly privateKey: string;
  readonly projectId?: string | undefined;
};

const MAX_JSON = 16 * 1024;
const EMAIL = /^[^\s@,/]{1,128}@[A-Za-z0-9.-]{1,190}$/;
const PEM =
  /^-----BEGIN (RSA )?PRIVATE KEY-----\s[A-Za-z0-9+/=\s]{1,8192}-----END (RSA )?PRIVATE KEY-----\s*$/;
const PROJECT = /^[a-z0-9][a-z0-9.:-]{0,127}$/;

const parsed = Result.fromThrowable(
  (text: string): unknown => JSON.parse(text),
  // What the parser says repeats the text, and the text holds a key.
  () => 'not JSON' as const,
);

const documentOf = ({
  field,
  value = '',
}: Told): Result<Readonly<Record<string, unknown>>, InvalidConnection> => {
  const refused = refuse(field, 'must be the JSON key file of a service account');
  if (value.length > MAX_JSON) return refused;
  const document = parsed(value).unwrapOr(undefined);
  return typeof document === 'object' && document !== null && !Array.isArray(document)
    ? ok(document as Readonly<Record<string, unknown>>)
    : refused;
};

type Fields = Partial<Record<'clientEmail' | 'privateKey' | 'projectId', string>>;

/**
 * Of a key file exactly four fields are read. Any other type than a service account's names files, commands or
 * addresses that whoever uses it would open from here; the same holds of token_uri and its like, which are ignored.
 */
const pickedOf = (json: Told): Result<Fields, InvalidConnection> =>
  safeTry(function* () {
    if (given(json.value) === undefined) return ok<Fields>({});
    const document = yield* documentOf(json);
    if (document['type'] !== 'service_account')
      return refuse(json.field, 'must be of type "service_account"');
    const pick = (name: string, pattern: RegExp): Result<string, InvalidConnection> => {
      const value = document[name];
      return typeof value === 'string' && pattern.test(value)
        ? ok(value)
        : refuse(json.field, `has no usable ${name}`);
    };
    const clientEmail = yield* pick('client_email', EMAIL);
    const privateKey = yield* pick('private_key', PEM);
    const projectId =
      document['project_id'] === undefined ? {} : { projectId: yield* pick('project_id', PROJECT) };
    return ok<Fields>({ clientEmail, privateKey, ...projectId });
  });

/**
 * A service account by its key file, or by the two fields that every connection has: its address is the key's
 * id, its private key the secret. Told both ways, they must say the same.
 */
export const gcpCredentials = (request: {
  readonly clientEmail: Told;
  readonly privateKey: Told;
  readonly json: Told;
}): Result<GcpCredentials, InvalidConnection> =>
  safeTry(function* () {
    const { clientEmail: email, privateKey: key, json } = request;
    const file = yield* pickedOf(json);
    const inFile = (value: string | undefined): Told => ({ field: json.field, value });
    const clientEmail = yield* agreed(email, inFile(file.clientEmail)).andThen(told(email.field, EMAIL));
    const privateKey = yield* agreed(key, inFile(file.privateKey)).andThen(told(key.field, PEM));
    return ok({ clientEmail, privateKey, projectId: file.projectId });
  });

import { err, ok, type Result, ResultAsync, safeTry } from 'neverthrow';
import type { Deletion } from '../../../../application/storage/s3/delete-objects.js';
import { failure, type S3Failure, wordsOf } from '../errors.js';
import { MOST_ENTRIES } from '../numbers.js';
import { xmlReply } from '../reply.js';
import type { Run } from '../request.js';
import { element, type Xml } from '../xml.js';
import { childrenOf, type Node, parseXml, rootOf, textOf } from '../xml-in.js';

const MAX_BYTES = 2 * 1024 * 1024;
/** `Object`, `Key` and four conditions, each opened and closed. */
const TAGS = MOST_ENTRIES * 12;

type Order = { readonly keys: readonly string[]; readonly quiet: boolean };

const orderOf = (node: Node): Result<Order, S3Failure> =>
  rootOf(node, 'Delete').andThen((root) => {
    const objects = childrenOf(root, 'Object');
    const keys = objects.flatMap((object) => textOf(object, 'Key') ?? []);
    if (keys.length !== objects.length || keys.length === 0 || keys.length > MOST_ENTRIES)
      return err(failure('malformed_xml', `1 to ${MOST_ENTRIES} objects, each with a key.`));
    // A condition that is not looked at would delete what it should have kept.
    const conditions = ['VersionId', 'ETag', 'LastModifiedTime', 'Size'];
    if (objects.some((object) => conditions.some((name) => childrenOf(object, name).length > 0)))
      return err(failure('not_implemented', 'Versions and conditions of single objects.'));
    return ok({ keys, quiet: textOf(root, 'Quiet') === 'true' });
  });

const outcome = ({ key, failure: why }: Deletion): Xml => {
  if (!why) return element('Deleted', element('Key', key));
  const { code, message } = wordsOf(why);
  return element('Error', element('Key', key), element('Code', code), element('Message', message));
};

export const deleteObjects: Run = (app, { bucket, body }) =>
  safeTry(async function* () {
    const bytes = yield* app.s3.readDocument(yield* body(), MAX_BYTES);
    const node = yield* new ResultAsync(parseXml(bytes, TAGS));
    const { keys, quiet } = yield* orderOf(node);
    const deletions = yield* app.s3.deleteObjects(bucket, keys);
    const told = quiet ? deletions.filter(({ failure: why }) => why) : deletions;
    return ok(xmlReply(element('DeleteResult', ...told.map(outcome))));
  });

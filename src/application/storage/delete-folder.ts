import { err, ok, safeTry } from 'neverthrow';
import type { Member } from '../../domain/shared/principal.js';
import { folder, type ObjectKey, type Prefix } from '../../domain/storage/object-key.js';
import { byCaller } from '../shared/record.js';
import { type Deletion, deleteBelow } from './delete-below.js';
import type { StorageDeps } from './deps.js';
import { FOLDER_JOB } from './finish-folder.js';
import { asNotFound, type Container, placeFor } from './place.js';

/** Some objects are gone, others could not be deleted. */
export type DeleteIncomplete = {
  readonly kind: 'delete_incomplete';
  readonly deleted: number;
  readonly failed: number;
  /** The first thousand that are left. */
  readonly keys: readonly ObjectKey[];
};
/** `goesOn`: the rest is deleted by a job, after the answer. */
export type Deleted = { readonly goesOn: boolean };

/** As many keys are deleted while the client waits. */
const MAX_NOW = 100_000;

/** Everything whose key begins with `dir/`. A folder that is not there is deleted already. */
export const deleteFolder =
  (deps: StorageDeps) => (input: { container: Container; key: string }, member: Member) =>
    safeTry(async function* () {
      const prefix = yield* folder(input.key);
      const { container, objects } = yield* placeFor(deps, member, input.container, 'write', prefix);
      const done = yield* deleteBelow(objects, prefix, { maxKeys: MAX_NOW }).mapErr(asNotFound);
      const goesOn = done.next !== undefined;
      if (goesOn) yield* goOn(deps, container, prefix, member);
      else if (done.failed > 0) return err(incomplete(done));
      return ok<Deleted>({ goesOn });
    });

const incomplete = ({ deleted, failed, refused }: Deletion): DeleteIncomplete => ({
  kind: 'delete_incomplete',
  deleted,
  failed,
  keys: refused,
});

const goOn = ({ storage, ids }: StorageDeps, container: Container, prefix: Prefix, member: Member) =>
  storage.run((tx) =>
    safeTry(async function* () {
      yield* tx.jobs.enqueue({
        id: ids.next(),
        kind: FOLDER_JOB,
        accountId: member.accountId,
        payload: { container, prefix, requestedAt: member.at },
        runAt: member.at,
      });
      const deed = { accountId: member.accountId, action: 'folder.delete', target: container.id };
      yield* tx.audit.record(byCaller(member, deed));
      return ok(undefined);
    }),
  );

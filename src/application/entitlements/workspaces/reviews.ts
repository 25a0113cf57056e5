import { err, ok, type Result, safeTry } from 'neverthrow';
import type { TenantReview } from '../../../domain/entitlements/workspace.js';
import { isStorableText } from '../../../domain/shared/text.js';
import { type Instant, iso } from '../../../domain/shared/time.js';
import { byCaller } from '../../shared/record.js';
import type { WorkspacesDeps } from './deps.js';
import type { InvalidOrder } from './pack-command.js';
import { mayAct } from './planes.js';
import type { WorkspaceMember } from './views.js';

export type NewReview = {
  readonly title: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly note?: string | undefined;
};

const LONGEST_TITLE = 200;
const LONGEST_NOTE = 4_000;

const wrong = (field: InvalidOrder['field'], reason: string) =>
  err<never, InvalidOrder>({ kind: 'invalid_order', field, reason });

const checked = ({ title, from, to, note = '' }: NewReview): Result<void, InvalidOrder> => {
  if (title.trim() === '') return wrong('title', 'must not be blank');
  if (title.length > LONGEST_TITLE) return wrong('title', `must have at most ${LONGEST_TITLE} characters`);
  if (note.length > LONGEST_NOTE) return wrong('note', `must have at most ${LONGEST_NOTE} characters`);
  if (!isStorableText(title)) return wrong('title', 'must be text without NUL and lone surrogates');
  if (!isStorableText(note)) return wrong('note', 'must be text without NUL and lone surrogates');
  return to <= from ? wrong('to', 'must come after from') : ok(undefined);
};

/** A look back at a stretch of time. It makes no pack, and so neither features nor posture stand in its way. */
export const createReview =
  ({ ids, workspaces }: Pick<WorkspacesDeps, 'ids' | 'workspaces'>) =>
  (input: NewReview, member: WorkspaceMember) =>
    safeTry(async function* () {
      yield* mayAct(member);
      yield* checked(input);
      const { accountId, at, userId } = member;
      const id = ids.next();
      return workspaces.run((tx) =>
        safeTry(async function* () {
          yield* tx.accounts.lockLive(accountId);
          const review: TenantReview = yield* tx.reviews.add({
            id,
            accountId,
            title: input.title,
            note: input.note === '' ? undefined : input.note,
            from: input.from,
            to: input.to,
            createdAt: at,
            createdBy: userId,
          });
          const data = { title: review.title, from: iso(review.from), to: iso(review.to) };
          yield* tx.events.append({ stream: id, seq: 1, type: 'tenant_review.created', accountId, data, at });
          yield* tx.audit.record(
            byCaller(member, {
              accountId,
              action: 'tenant_review.create',
              target: id,
              data: { after: data },
            }),
          );
          return ok(review);
        }),
      );
    });

import { err, ok, okAsync, type Result } from 'neverthrow';
import * as z from 'zod';
import { dateOf } from '../../../domain/billing/period.js';
import { GRANULARITIES } from '../../../domain/billing/slots.js';
import type { UsageReport } from '../../../domain/billing/usage-report.js';
import { DAY, type Instant, instant, plus } from '../../../domain/shared/time.js';
import { text } from '../kit/reply.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { inProject, type ProjectMember } from './guards.js';
import { type InvalidField, inForm, invalidField } from './kit/form.js';
import { layout, page } from './kit/layout.js';
import { standingOf } from './limits.views.js';
import { ProjectParams } from './storage.routes.js';
import { type UsageView, usageView } from './usage.views.js';
import { usageCsv } from './usage-csv.js';
import { problemOf } from './words.js';

const Day = z.string().max(40).default('');
const UsageQuery = z.object({ from: Day, to: Day, granularity: z.enum(GRANULARITIES).default('day') });
type Query = z.output<typeof UsageQuery>;

/** A page that is asked for nothing shows today and the days before. */
const USUAL_DAYS = 30;
const DATE = /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

const dayOf = (field: 'from' | 'to', typed: string, usual: Instant): Result<Instant, InvalidField> => {
  if (typed === '') return ok(usual);
  const at = DATE.test(typed) ? instant(Date.parse(`${typed}T00:00:00Z`)) : usual;
  // The 31st of February is read as one of March.
  return dateOf(at) === typed ? ok(at) : err(invalidField(field, 'Write the day like 2026-01-31.'));
};

/** Both days are whole ones, and belong to the range. */
const rangeOf = ({ from, to }: Query, now: Instant): Result<{ from: Instant; to: Instant }, InvalidField> =>
  dayOf('to', to, instant(Math.floor(now / DAY) * DAY)).andThen((last) =>
    dayOf('from', from, plus(last, (1 - USUAL_DAYS) * DAY)).andThen((first) =>
      first > last
        ? err(invalidField('from', 'The first day must not come after the last one.'))
        : ok({ from: first, to: plus(last, DAY) }),
    ),
  );

const reported = ({ billing }: App, member: ProjectMember, query: Query) =>
  rangeOf(query, member.at).asyncAndThen((range) =>
    billing.getUsage({ ...range, granularity: query.granularity }, member),
  );

/** What the form shows is what the report covers. */
const shownOf = ({ range }: UsageReport, { granularity }: Query): Query => ({
  from: dateOf(range.start),
  to: dateOf(plus(range.end, -DAY)),
  granularity,
});

export const usagePage = route({
  operationId: 'usagePage',
  at: 'GET /app/projects/{project_id}/usage',
  summary: 'What a project has used, and what that costs',
  auth: inProject('member'),
  request: { params: ProjectParams, query: UsageQuery },
  run: (app, { principal: member, query }) =>
    standingOf(app, member).andThen((standing) =>
      inForm(
        reported(app, member, query).map(
          (report): UsageView => ({ member, standing, query: shownOf(report, query), report }),
        ),
        (failure) => okAsync(layout(usageView({ member, standing, query, problem: problemOf(failure) }))),
      ),
    ),
  reply: page(usageView),
  errors: { invalid_field: 400, invalid_range: 400 },
});

export const usageFile = route({
  operationId: 'usageFile',
  at: 'GET /app/projects/{project_id}/usage.csv',
  summary: 'The lines of a report as a table for other programs',
  auth: inProject('member'),
  request: { params: ProjectParams, query: UsageQuery },
  run: (app, { principal, query }) => reported(app, principal, query),
  reply: text('text/csv; charset=utf-8; header=present', usageCsv, ({ range }: UsageReport) => ({
    'Content-Disposition': `attachment; filename="usage-${dateOf(range.start)}-${dateOf(plus(range.end, -DAY))}.csv"`,
  })),
  errors: { invalid_field: 400, invalid_range: 400 },
});

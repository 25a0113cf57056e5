import { byAccept, json, text } from '../kit/reply.js';
import { route } from './contract.js';
import { inProject } from './guards.js';
import { type ProjectUsage, presentUsage, usageCsv, usageFileName } from './present-usage.js';
import { ProjectParams } from './projects.routes.js';
import { UsageQuery, UsageReportDto } from './usage-schemas.js';

export const getUsage = route({
  operationId: 'getUsage',
  at: 'GET /v1/projects/{project_id}/usage',
  summary: 'What a project has used and what that costs; its line items as a table for `Accept: text/csv`',
  auth: inProject('member'),
  request: { params: ProjectParams, query: UsageQuery },
  run: ({ billing }, { query, principal }) =>
    billing
      .getUsage(query, principal)
      .map((report): ProjectUsage => ({ projectId: principal.accountId, report })),
  reply: byAccept<ProjectUsage>(
    json(200, UsageReportDto, presentUsage),
    text('text/csv; charset=utf-8; header=present', usageCsv, (usage) => ({
      'Content-Disposition': `attachment; filename="${usageFileName(usage)}"`,
    })),
  ),
  errors: { invalid_range: 400 },
});

import { paged, pageQuery } from '../kit/page.js';
import { byAccept, json, text } from '../kit/reply.js';
import { route } from './contract.js';
import { inProject } from './guards.js';
import { AuditLogDto, type AuditPage, auditCsv, auditHeaders, presentAudit } from './present-audit.js';
import { ProjectParams } from './projects.routes.js';

export const getAuditLog = route({
  operationId: 'getAuditLog',
  at: 'GET /v1/projects/{project_id}/audit-log',
  summary:
    'What was changed and what was refused in a project, newest first; as a table for `Accept: text/csv`',
  auth: inProject('admin'),
  request: { params: ProjectParams, query: pageQuery({ fallback: 100, max: 1000 }) },
  run: ({ accounts, pages }, { query, principal }) =>
    paged(pages, `audit:${principal.accountId}`, query, (page) => accounts.auditTrail(principal, page)).map(
      (page): AuditPage => ({ ...page, projectId: principal.accountId, size: query.page_size }),
    ),
  reply: byAccept<AuditPage>(
    json(200, AuditLogDto, presentAudit),
    text('text/csv; charset=utf-8; header=present', auditCsv, auditHeaders),
  ),
  errors: { invalid_page_token: 400 },
});

import type Router from '@koa/router';
import type { Dialect } from '../adapters/http/kit/dialect.js';
import { type MountOptions, mount } from '../adapters/http/kit/mount.js';
import type { AnyRoute } from '../adapters/http/kit/route.js';
import { isForPeople, dialect as pagesDialect } from '../adapters/http/pages/dialect.js';
import type { App } from '../adapters/http/tenantpilot/app.js';
import { dialect, ErrorDto, isInPlanes } from '../adapters/http/tenantpilot/dialect.js';
import { forms, routes } from '../adapters/http/tenantpilot/index.js';

const published: readonly AnyRoute<App>[] = Object.values(routes);

/** TenantPilot as it is published, and what we have beside it for programs. */
export const tenantPilotContract = {
  name: 'tenantpilot',
  title: 'TenantPilot Admin/System - Workspace Billing & Subscription Truth',
  routes: published as readonly AnyRoute<never>[],
  error: ErrorDto,
  statuses: dialect.statuses,
} as const;

/** Both planes, with the forms that people fill in there. */
export const mountTenantPilot = (router: Router, shared: Omit<MountOptions<never>, 'app'>, app: App): void =>
  mount(router, [...published, ...forms], { ...shared, dialect, app });

/** How people are told of addresses that nothing answers. */
export const showPeople: NonNullable<Dialect['show']> = (refusal) => {
  if (isInPlanes(refusal.url)) return dialect.show?.(refusal);
  return isForPeople(refusal.url) ? pagesDialect.show?.(refusal) : undefined;
};

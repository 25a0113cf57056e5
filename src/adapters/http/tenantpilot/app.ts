import type { Workspaces } from '../../../application/entitlements/workspaces/index.js';
import type { App as Pages } from '../pages/app.js';

/** What the TenantPilot routes call: sessions and forms are those of the pages. */
export type App = Pick<Pages, 'accounts' | 'digest' | 'https' | 'origin' | 'pages'> & {
  readonly workspaces: Workspaces;
};

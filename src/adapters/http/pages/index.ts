import type { AnyRoute } from '../kit/route.js';
import type { App } from './app.js';
import * as assets from './assets/assets.routes.js';
import * as attaching from './attach.routes.js';
import * as billing from './billing.routes.js';
import * as connections from './connections.routes.js';
import * as containers from './containers.routes.js';
import type { addresses } from './contract.js';
import * as discarding from './discard.routes.js';
import * as files from './file.routes.js';
import * as fileSystem from './file-system.routes.js';
import * as fileSystems from './file-systems.routes.js';
import * as folders from './folder.routes.js';
import * as plans from './plan-change.routes.js';
import * as pricing from './pricing.routes.js';
import * as projects from './projects.routes.js';
import * as entrance from './sign-in.routes.js';
import * as storage from './storage.routes.js';
import * as usage from './usage.routes.js';

const { styleSheet, script, icon } = assets;
const { connectionFormPage, makeConnection, verificationPage, verify } = connections;
const { home, signUpPage, signUp, signInPage, signIn, signOut } = entrance;
const { projectsPage, makeProject } = projects;
const { storagePage, makeBucket } = storage;
const { removeContainerPage, removeContainer } = containers;
const { folderPage, uploadFiles } = folders;
const { downloadFile, removeFilePage, removeFile } = files;
const { fileSystemsPage, makeFileSystem } = fileSystems;
const { fileSystemPage, fileSystemNews, wishFileSystem, flush, removeFileSystemPage, removeFileSystem } =
  fileSystem;
const { attach, detach } = attaching;
const { discardFileSystemPage, discardFileSystem } = discarding;
const { usagePage, usageFile } = usage;
const { pricingPage } = pricing;
const { billingPage, subscribe, mindPayments } = billing;
const { planChangePage, changePlan, cancelPlanPage, cancelPlan, resumePlan } = plans;

/** One entry per address: a gap, an extra or a mix-up does not compile. */
const all = {
  styleSheet,
  script,
  icon,
  home,
  signUpPage,
  signUp,
  signInPage,
  signIn,
  signOut,
  projectsPage,
  makeProject,
  storagePage,
  makeBucket,
  connectionFormPage,
  makeConnection,
  verificationPage,
  verify,
  removeContainerPage,
  removeContainer,
  folderPage,
  uploadFiles,
  downloadFile,
  removeFilePage,
  removeFile,
  fileSystemsPage,
  makeFileSystem,
  fileSystemPage,
  fileSystemNews,
  wishFileSystem,
  flush,
  attach,
  detach,
  removeFileSystemPage,
  removeFileSystem,
  discardFileSystemPage,
  discardFileSystem,
  usagePage,
  usageFile,
  pricingPage,
  billingPage,
  subscribe,
  mindPayments,
  planChangePage,
  changePlan,
  cancelPlanPage,
  cancelPlan,
  resumePlan,
} satisfies { readonly [Page in keyof typeof addresses]: { readonly operationId: Page } };

/** Every page there is. */
export const pages: readonly AnyRoute<App>[] = Object.values(all);

import { contract } from '../kit/route.js';
import type { App } from './app.js';

const CONTAINER = '/app/projects/{project_id}/storage/{place}/{container_id}';
const FILE_SYSTEM = '/app/projects/{project_id}/file-systems/{file_system_id}';
const BILLING = '/app/projects/{project_id}/billing';

/** The addresses of all pages: what is read by GET and changed by POST. */
export const addresses = {
  home: 'GET /',
  styleSheet: 'GET /assets/style.css',
  script: 'GET /assets/script.js',
  icon: 'GET /assets/icon.svg',
  signUpPage: 'GET /sign-up',
  signUp: 'POST /sign-up',
  signInPage: 'GET /sign-in',
  signIn: 'POST /sign-in',
  signOut: 'POST /sign-out',
  projectsPage: 'GET /app',
  makeProject: 'POST /app',
  storagePage: 'GET /app/projects/{project_id}/storage',
  makeBucket: 'POST /app/projects/{project_id}/storage',
  connectionFormPage: 'GET /app/projects/{project_id}/storage/connections/new',
  makeConnection: 'POST /app/projects/{project_id}/storage/connections/new',
  verificationPage: 'GET /app/projects/{project_id}/storage/c/{connection_id}/verify',
  verify: 'POST /app/projects/{project_id}/storage/c/{connection_id}/verify',
  removeContainerPage: `GET ${CONTAINER}/remove`,
  removeContainer: `POST ${CONTAINER}/remove`,
  folderPage: `GET ${CONTAINER}`,
  uploadFiles: `POST ${CONTAINER}`,
  downloadFile: `GET ${CONTAINER}/download`,
  removeFilePage: `GET ${CONTAINER}/delete`,
  removeFile: `POST ${CONTAINER}/delete`,
  fileSystemsPage: 'GET /app/projects/{project_id}/file-systems',
  makeFileSystem: 'POST /app/projects/{project_id}/file-systems',
  fileSystemPage: `GET ${FILE_SYSTEM}`,
  fileSystemNews: `GET ${FILE_SYSTEM}/events`,
  wishFileSystem: `POST ${FILE_SYSTEM}/desired`,
  flush: `POST ${FILE_SYSTEM}/flush`,
  attach: `POST ${FILE_SYSTEM}/attach`,
  detach: `POST ${FILE_SYSTEM}/detach`,
  removeFileSystemPage: `GET ${FILE_SYSTEM}/remove`,
  removeFileSystem: `POST ${FILE_SYSTEM}/remove`,
  discardFileSystemPage: `GET ${FILE_SYSTEM}/discard`,
  discardFileSystem: `POST ${FILE_SYSTEM}/discard`,
  usagePage: 'GET /app/projects/{project_id}/usage',
  usageFile: 'GET /app/projects/{project_id}/usage.csv',
  pricingPage: 'GET /pricing',
  billingPage: `GET ${BILLING}`,
  subscribe: `POST ${BILLING}/checkout`,
  mindPayments: `POST ${BILLING}/portal`,
  planChangePage: `GET ${BILLING}/change`,
  changePlan: `POST ${BILLING}/change`,
  cancelPlanPage: `GET ${BILLING}/cancel`,
  cancelPlan: `POST ${BILLING}/cancel`,
  resumePlan: `POST ${BILLING}/resume`,
} as const;

/** Declares one page. */
export const route = contract<App>()(addresses);

import type { FieldEffects } from './fields.js';

const ONCE = 'is made once, however often one request is sent';
const PAGES = 'are those of the project, page by page';
const ALL = 'are of all projects for platform admins, and for nobody else';
const GATEWAYS = 'is listed with those that were made for file systems';
const NOT_OFFERED = 'where the provider, the region or the type cannot be had, saying what can';

export const fleetEffects: FieldEffects = {
  createFileSystem: {
    'header idempotency-key': ONCE,
    'body connection_id': 'can show a connection',
    'body bucket_id': 'is pending until it is served, and then says where',
    'body region': 'for a region or an instance type that is not offered, saying which are',
    'body preload': 'reads ahead when it was asked to',
    'body instance_type': 'runs on the instance type that was asked for, which is its gateway’s',
  },
  listFileSystems: { 'query page_size': PAGES, 'query page_token': PAGES },
  listAllFileSystems: { 'query page_size': ALL, 'query page_token': ALL },
  updateFileSystem: { 'body desired_status': 'shows at once, and the status follows when the world has' },
  deleteFileSystem: {
    'query discard':
      'lets a file system go that its source takes nothing from, and its connection and project after it',
  },
  streamFileSystemEvents: {
    'header last-event-id': 'tells those who come back what they missed, in order, and nothing else',
  },
  createGateway: {
    'header idempotency-key': ONCE,
    'body project_id': 'for another’s project, for none, and to members who are not admins, after its fields',
    'body provider': NOT_OFFERED,
    'body region': NOT_OFFERED,
    'body type': 'runs, whether or not anything is attached to it',
  },
  listGateways: { 'query page_size': GATEWAYS, 'query page_token': GATEWAYS },
  attachFileSystem: { 'body file_system_id': 'has a gateway serve file systems beside each other' },
  detachFileSystem: {
    'body file_system_id': 'brings home what the gateway holds, and leaves the others alone',
  },
};

import type { FieldEffects } from './fields.js';

const ONCE = 'shows the first answer again, secrets included, and makes nothing twice';
/** Reads every list to its end, one entry at a time, and insists on a second page. */
const ONE_BY_ONE = 'see, reach and learn nothing of each other on any route';
const QUOTA = 'is refused beyond the project’s quota, and one that is deleted makes room';
const SHOWN = 'is pending, shows where it leads and as whom, and is the same to all who may see it';
const LEADS = 'leads to Google’s store by a key file, and to Amazon’s by its region alone';
const NOT_ONE = 'is refused, by the name of the field, when it cannot be one';
const BYTES = 'comes back byte for byte under any key, as an attachment';
const LISTED = 'lists a folder at a time, page by page, with tokens of that folder only';
const MEANT = 'replaces only the version that was meant, and creates only what is not there';
const PARTS = 'sends parts, validators, and nothing when the client’s copy is current';
const SUMMED = 'are held to in %s, whether the length is known or not';
const SUMMED_BY_LINK = 'are held to in %s by links, too';
const DOWNLOADED = 'let anyone download the one object, as its members do';
const PUT = 'let anyone put the one object, held to its checksum and to the conditions of who sends it';

const list = { 'query prefix': LISTED, 'query continuation_token': LISTED, 'query max_keys': LISTED };
const checksums = (sees: string) => ({
  'header content-digest': sees,
  'header repr-digest': sees,
  'header x-amz-checksum-crc32': sees,
  'header x-amz-checksum-crc32c': sees,
  'header x-amz-checksum-sha1': sees,
  'header x-amz-checksum-sha256': sees,
  'header x-goog-hash': sees,
});
const upload = {
  'query key': BYTES,
  'header if-match': MEANT,
  'header if-none-match': MEANT,
  ...checksums(SUMMED),
  body: BYTES,
};
const remove = {
  'query key': BYTES,
  'query recursive': 'takes all that is in a folder and nothing beside it, with or without the slash',
};
const download = {
  'query key': BYTES,
  'query recursive': 'sends a folder as an archive of the announced length, named relative to it',
  'header range': PARTS,
  'header if-range': PARTS,
  'header if-none-match': PARTS,
  'header if-match': PARTS,
};
const presign = {
  'body method': DOWNLOADED,
  'body key': DOWNLOADED,
  'body expires_in': 'end when their time is over: after a quarter of an hour unless another was asked for',
  'body size': 'take exactly as many bytes as they were made for',
  'body content_type': 'say what kind of thing is put, whatever its sender says',
  'body filename': 'say under which name the object is kept by who downloads it',
};

/** What is done with objects is seen in buckets and in connections by the same scenarios. */
export const storageEffects: FieldEffects = {
  createBucket: {
    'header idempotency-key': ONCE,
    'body name': 'is active at once, and shows its secret to those who may hand it on',
    'body region': 'refuses names and regions that cannot be, naming the field',
  },
  listBuckets: { 'query page_size': 'stops at the project’s quota', 'query page_token': ONE_BY_ONE },
  createConnection: {
    'header idempotency-key': ONCE,
    'body provider': LEADS,
    'body uri': SHOWN,
    'body region': SHOWN,
    'body access_key_id': SHOWN,
    // The store of the tests admits nobody with another.
    'body secret_access_key': BYTES,
    'body s3_spec': SHOWN,
    'body s3_spec.bucket_name': NOT_ONE,
    'body s3_spec.region': NOT_ONE,
    'body s3_spec.endpoint': SHOWN,
    'body s3_spec.access_key_id': NOT_ONE,
    'body s3_spec.secret_access_key': NOT_ONE,
    'body gcp_spec': LEADS,
    'body gcp_spec.bucket_name': NOT_ONE,
    'body gcp_spec.region': NOT_ONE,
    'body gcp_spec.service_account_json': LEADS,
  },
  listConnections: { 'query page_size': QUOTA, 'query page_token': QUOTA },
  listBucketObjects: list,
  uploadBucketObject: upload,
  deleteBucketObject: remove,
  downloadBucketObject: download,
  listConnectionObjects: list,
  uploadConnectionObject: upload,
  deleteConnectionObject: remove,
  downloadConnectionObject: download,
  presignBucketObject: presign,
  presignConnectionObject: presign,
  downloadByLink: {
    'header range': DOWNLOADED,
    'header if-range': DOWNLOADED,
    'header if-none-match': DOWNLOADED,
    'header if-match': DOWNLOADED,
  },
  uploadByLink: {
    'header if-match': PUT,
    'header if-none-match': PUT,
    ...checksums(SUMMED_BY_LINK),
    body: PUT,
  },
  getUsage: {
    'query from': 'is cut where from and to say, and parts sum to the whole',
    'query to': 'is cut where from and to say, and parts sum to the whole',
    'query granularity': 'by the hour has a line for each, which sum to the day’s',
  },
};

import { s3Contract } from './s3.contract.js';
import { onBlobs } from './s3.rig.js';

s3Contract('blobs on PostgreSQL', onBlobs, 25);

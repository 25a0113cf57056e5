import { errAsync, okAsync } from 'neverthrow';
import { iso } from '../../../../domain/shared/time.js';
import { failure } from '../errors.js';
import { emptyReply, xmlReply } from '../reply.js';
import type { Run } from '../request.js';
import { element } from '../xml.js';

/** All the buckets that the key opens: one. */
export const listBuckets: Run = (_app, { bucket }) =>
  okAsync(
    xmlReply(
      element(
        'ListAllMyBucketsResult',
        element('Owner', element('ID', bucket.accountId)),
        element(
          'Buckets',
          element(
            'Bucket',
            element('Name', bucket.bucketName),
            element('CreationDate', iso(bucket.createdAt)),
            element('BucketRegion', bucket.region),
          ),
        ),
      ),
    ),
  );

export const headBucket: Run = (_app, { bucket }) =>
  okAsync(emptyReply(200, { 'x-amz-bucket-region': bucket.region }));

/** us-east-1 has no name in this answer, as in S3. */
export const getBucketLocation: Run = (_app, { bucket }) =>
  okAsync(xmlReply(element('LocationConstraint', bucket.region === 'us-east-1' ? '' : bucket.region)));

/** Never versioned. */
export const getBucketVersioning: Run = () => okAsync(xmlReply(element('VersioningConfiguration')));

/** Clients create what they are about to fill; a key that got here has its bucket. */
export const createBucket: Run = () => errAsync(failure('bucket_is_yours'));

/** There are no policies, and whoever asks is told so. */
export const getBucketPolicy: Run = () => errAsync(failure('no_policy'));

/** Whoever has the key may do everything, and nobody else anything: that is true of each bucket and object. */
export const getAcl: Run = (_app, { bucket }) => {
  const owner = element('ID', bucket.accountId);
  const type = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"';
  const grantee = { xml: `<Grantee${type}>${owner.xml}</Grantee>` };
  return okAsync(
    xmlReply(
      element(
        'AccessControlPolicy',
        element('Owner', owner),
        element('AccessControlList', element('Grant', grantee, element('Permission', 'FULL_CONTROL'))),
      ),
    ),
  );
};

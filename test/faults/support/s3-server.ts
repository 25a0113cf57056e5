import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';

/** A real S3 server, started by the global set-up or named by S3_TEST_ENDPOINT and the variables beside it. */
export type S3Server = {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

const env = (name: string): string => process.env[`S3_TEST_${name}`] ?? '';

/** Undefined where there is none; the set-up has said why. */
export const s3Server = (): S3Server | undefined =>
  env('ENDPOINT') === ''
    ? undefined
    : {
        endpoint: env('ENDPOINT'),
        region: env('REGION') || 'us-east-1',
        accessKeyId: env('ACCESS_KEY_ID'),
        secretAccessKey: env('SECRET_ACCESS_KEY'),
      };

/** In place of one, where suites are left out: nobody listens there. */
export const NOWHERE: S3Server = {
  endpoint: 'http://127.0.0.1:1',
  region: '',
  accessKeyId: '',
  secretAccessKey: '',
};

/** The SDK, with all that the server's own keys may do. */
export const s3Client = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): S3Client =>
  new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });

/** The ids of the uploads that a bucket holds open. */
export const openUploadsIn = async (server: S3Server, bucket: string): Promise<readonly string[]> => {
  const client = s3Client(server);
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  client.destroy();
  return Uploads.map(({ UploadId = '' }) => UploadId);
};

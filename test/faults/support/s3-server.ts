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

import { connect, createServer } from 'node:net';

/** The S3 server that S3_TEST_ENDPOINT and the variables beside it name; undefined without. */
export const s3FromEnvironment = () => {
  const env = (name) => process.env[`S3_TEST_${name}`];
  return env('ENDPOINT') === undefined
    ? undefined
    : {
        endpoint: env('ENDPOINT'),
        region: env('REGION') ?? 'us-east-1',
        accessKeyId: env('ACCESS_KEY_ID'),
        secretAccessKey: env('SECRET_ACCESS_KEY'),
      };
};

/** A line to a server on which every answer begins `ms` later. */
export const slowLine = async (target, ms) => {
  const { hostname, port } = new URL(target);
  const listener = createServer((client) => {
    const server = connect({ host: hostname, port: Number(port), noDelay: true });
    const end = () => {
      client.destroy();
      server.destroy();
    };
    client.setNoDelay(true).on('error', end).on('close', end);
    server.on('error', end).on('close', end);
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => setTimeout(() => client.destroyed || client.write(chunk), ms));
  });
  await new Promise((ready) => listener.listen(0, '127.0.0.1', ready));
  return {
    endpoint: `http://127.0.0.1:${listener.address().port}`,
    close: () => listener.close(),
  };
};

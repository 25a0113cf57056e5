import { Agent, request } from 'node:http';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { pairs, summary } from '../harness/pairs.mjs';
import { s3FromEnvironment, slowLine } from '../harness/s3.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';
import { downloadWhole } from '../harness/transfer.mjs';

const LISTED = 100_000;
const PAGE = 200;
const PAGES = 100;
const DELETED = 10_000;
const SMALL = 500;
const LATENCY_MS = 20;
const WIDTH = 64;

const row = (name, goal, unit, measured) => ({
  name,
  goal,
  unit,
  processorUnit: `ms/${unit.split('/')[0].replace(/s$/, '')}`,
  processorScale: 1e3,
  pairs: measured,
  ...summary(measured),
});

const inParallel = async (count, work) => {
  let next = 0;
  const worker = async () => {
    for (let n = next++; n < count; n = next++) await work(n);
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
};

/** The store itself, asked by its own library in this process. */
const directly = ({ endpoint, region, accessKeyId, secretAccessKey }, bucket) => {
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const send = (Command, input) => client.send(new Command({ Bucket: bucket, ...input }));
  const put = (key) => send(PutObjectCommand, { Key: key, Body: `content of ${key}` });
  const page = (prefix, after) =>
    send(ListObjectsV2Command, { Prefix: prefix, Delimiter: '/', MaxKeys: PAGE, StartAfter: after });
  return { client, send, put, page };
};

const emptied = async ({ send }) => {
  for (;;) {
    const { Contents = [] } = await send(ListObjectsV2Command, {});
    if (Contents.length === 0) return send(DeleteBucketCommand, {});
    await send(DeleteObjectsCommand, {
      Delete: { Quiet: true, Objects: Contents.map(({ Key }) => ({ Key })) },
    });
  }
};

const agent = new Agent({ keepAlive: true });

/** Asked in the way in which the store's library asks: what the client spends counts on both sides. */
const answered = (url, method, headers) =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });

/** Our server with a connection to the store. */
const connected = async (ours, s3, bucket, endpoint = s3.endpoint) => {
  const headers = { Authorization: `Bearer ${ours.token}` };
  const base = `http://127.0.0.1:${ours.port}`;
  const made = await fetch(`${base}/v1/projects/${ours.project.id}/connections`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      provider: 's3compat',
      uri: `s3://${bucket}`,
      region: s3.region,
      access_key_id: s3.accessKeyId,
      secret_access_key: s3.secretAccessKey,
      s3_spec: { endpoint },
    }),
  });
  if (made.status !== 201) throw new Error(`no connection: ${made.status} ${await made.text()}`);
  const objects = `/v1/connections/${(await made.json()).id}/objects`;
  const ask = async (method, query) => {
    const { status, text } = await answered(
      `${base}${objects}?${new URLSearchParams(query)}`,
      method,
      headers,
    );
    if (status >= 300) throw new Error(`${method} answered ${status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const archive = (key) =>
    downloadWhole({ port: ours.port, path: `${objects}/download?key=${key}&recursive=true`, headers });
  return { ask, archive };
};

const timed = async (work, amount) => {
  const began = performance.now();
  await work();
  return { work: amount, seconds: (performance.now() - began) / 1000 };
};
const self = { pid: process.pid };

const listings = async ({ ours, way, store, kit }) => {
  const name = (n) => `listed/${String(n).padStart(6, '0')}`;
  await inParallel(LISTED, (n) => store.put(name(n)));
  const deep = LISTED - 1_000;
  const tokenAt = async () => {
    let token;
    for (let seen = 0; seen < deep; ) {
      const page = await way.ask('GET', {
        prefix: 'listed/',
        max_keys: 1000,
        ...(token && { continuation_token: token }),
      });
      seen += page.items.length;
      token = page.next_continuation_token;
    }
    return token;
  };
  const token = await tokenAt();
  const rows = [];
  for (const [where, query, after] of [
    ['first', {}, undefined],
    ['deep', { continuation_token: token }, name(deep - 1)],
  ]) {
    const several = (one) => async () => {
      for (let n = 0; n < PAGES; n += 1) await one();
    };
    const list = () => way.ask('GET', { prefix: 'listed/', max_keys: PAGE, ...query });
    const measured = await pairs({
      count: kit.count,
      ours: { server: ours, measure: () => timed(several(list), PAGES) },
      baseline: {
        server: self,
        measure: () =>
          timed(
            several(() => store.page('listed/', after)),
            PAGES,
          ),
      },
      onPair: kit.note(`list ${where}`),
    });
    rows.push(row(`S3: ${where} page of 200 from 100,000 keys`, 0.83, 'pages/s', measured));
  }
  return rows;
};

const deletions = async ({ ours, way, store, kit }) => {
  const fill = (folder) => inParallel(DELETED, (n) => store.put(`${folder}/${n}`));
  const direct = async () => {
    for (;;) {
      const { Contents = [] } = await store.send(ListObjectsV2Command, { Prefix: 'direct/' });
      if (Contents.length === 0) return;
      const Objects = Contents.map(({ Key }) => ({ Key }));
      await store.send(DeleteObjectsCommand, { Delete: { Quiet: true, Objects } });
    }
  };
  const measured = await pairs({
    count: kit.count,
    ours: {
      server: ours,
      measure: async () => {
        await fill('ours');
        return timed(() => way.ask('DELETE', { key: 'ours', recursive: true }), DELETED);
      },
    },
    baseline: {
      server: self,
      measure: async () => {
        await fill('direct');
        return timed(direct, DELETED);
      },
    },
    onPair: kit.note('delete'),
  });
  return [row('S3: delete of 10,000 keys, beside DeleteObjects', 0.91, 'keys/s', measured)];
};

const smallOnes = async ({ ours, s3, bucket, store, kit }) => {
  await inParallel(SMALL, (n) => store.put(`small/${n}`));
  const line = await slowLine(s3.endpoint, LATENCY_MS);
  try {
    const way = await connected(ours, s3, bucket, line.endpoint);
    const slow = directly({ ...s3, endpoint: line.endpoint }, bucket);
    const oneByOne = async () => {
      for (let n = 0; n < SMALL; n += 1)
        await (await slow.send(GetObjectCommand, { Key: `small/${n}` })).Body.transformToByteArray();
    };
    const measured = await pairs({
      count: kit.count,
      ours: { server: ours, measure: () => timed(() => way.archive('small'), SMALL) },
      baseline: { server: self, measure: () => timed(oneByOne, SMALL) },
      onPair: kit.note('small'),
    });
    return [row('S3: zip of 500 small objects at 20 ms, beside one by one', 5, 'objects/s', measured)];
  } finally {
    line.close();
  }
};

/** What we add to a store that is not ours: needs a real S3 server, which the environment names. */
export const s3Store = {
  name: 's3-store',
  measure: async (kit) => {
    const s3 = s3FromEnvironment();
    if (s3 === undefined) {
      process.stderr.write('s3-store: left out, S3_TEST_ENDPOINT names no server\n');
      return [];
    }
    const { dist, dir, databaseUrl, profileDir } = kit;
    const settings = { OUTBOUND_ALLOW: '127.0.0.0/8' };
    const ours = await startTollhouse({ dist, dir, databaseUrl, profileDir, settings });
    const bucket = `bench-${Date.now()}`;
    const store = directly(s3, bucket);
    try {
      await store.send(CreateBucketCommand, {});
      const way = await connected(ours, s3, bucket);
      const stage = { ours, way, store, s3, bucket, kit };
      return [...(await smallOnes(stage)), ...(await deletions(stage)), ...(await listings(stage))];
    } finally {
      await emptied(store).catch(() => undefined);
      await ours.stop();
    }
  },
};

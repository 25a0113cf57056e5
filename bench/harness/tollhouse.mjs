import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { startServer } from './processes.mjs';

/** Answers one line of a mail client; DATA opens the message, which a lone dot ends. */
const mailReply = (line, state) => {
  if (state.inMessage && line !== '.') return undefined;
  const opens = !state.inMessage && /^DATA/i.test(line);
  state.inMessage = opens;
  return opens ? '354 go on' : '250 ok';
};

/** Takes mail and forgets it. */
const openMailSink = () =>
  new Promise((resolve) => {
    const server = createServer((socket) => {
      const state = { inMessage: false };
      socket.on('error', () => undefined).write('220 bench\r\n');
      createInterface({ input: socket }).on('line', (line) => {
        const reply = mailReply(line, state);
        if (reply) socket.write(`${reply}\r\n`);
      });
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

/** Calls the API and insists on its answer. */
const api =
  (port) =>
  async (method, path, { token, body } = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };

const signUp = async (call) => {
  const email = `bench-${randomBytes(6).toString('hex')}@example.com`;
  const password = randomBytes(18).toString('base64url');
  await call('POST', '/v1/auth/register', { body: { email, password } });
  const { access_token: token } = await call('POST', '/v1/auth/login', { body: { email, password } });
  const project = await call('POST', '/v1/projects', { token, body: { name: 'Bench' } });
  const made = await call('POST', `/v1/projects/${project.id}/buckets`, {
    token,
    body: { name: 'bench', region: 'local' },
  });
  for (let tries = 0; tries < 50; tries += 1) {
    const bucket = await call('GET', `/v1/buckets/${made.id}`, { token });
    if (bucket.status === 'active') return { token, project, bucket };
    await pause(100);
  }
  throw new Error('the bucket did not become active');
};

/** Our server as in production, in a process of its own, with a user, a project and a bucket. */
export const startTollhouse = async ({ dist, dir, databaseUrl, profileDir, settings = {} }) => {
  const mail = await openMailSink();
  const secretKey = randomBytes(32).toString('base64url');
  const env = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '10',
    TOLLHOUSE_DATA_DIR: join(dir, 'data'),
    TOLLHOUSE_SECRET_KEY: secretKey,
    BASE_URL: 'http://localhost:8080',
    SMTP_URL: `smtp://127.0.0.1:${mail.address().port}`,
    REQUESTS_PER_MINUTE: '10000000',
    LOG_LEVEL: 'warn',
    ...settings,
  };
  const server = await startServer({
    name: 'tollhouse',
    file: join(dist, 'composition', 'main.js'),
    errors: join(dir, 'tollhouse.log'),
    nodeOptions: profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : [],
    env,
  }).catch((problem) => {
    mail.close();
    throw problem;
  });
  const stop = async () => {
    await server.stop();
    mail.close();
  };
  try {
    return { ...server, stop, secretKey, env, ...(await signUp(api(server.port))) };
  } catch (problem) {
    await stop();
    throw problem;
  }
};

import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { boot, originOf } from './boot.js';
import { ConfigError, readConfig } from './config.js';
import { openLog } from './log.js';
import { inSandbox } from './payments.js';
import { savedCredentials, seed, welcome } from './seed.js';
import { seedPlans } from './seed-plans.js';

// Every gibibyte that passes through is a gibibyte of fresh buffers, which V8 counts towards the heap's
// limit: with its usual step a transfer can set off a full collection every 30 MiB.
setFlagsFromString('--heap-growing-percent=300');

const fail = (problem: unknown): never => {
  process.stderr.write(`${problem instanceof ConfigError ? problem.message : (problem as Error).stack}\n`);
  process.exit(1);
};

const start = async (): Promise<void> => {
  const config = readConfig(process.env);
  const log = openLog(config);
  const running = await boot(config, log);
  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info(`${signal}: stopping`);
    await running.stop();
    log.flush(() => process.exit(0));
  };
  process.on('SIGTERM', () => stop('SIGTERM').catch(fail));
  process.on('SIGINT', () => stop('SIGINT').catch(fail));
  if (!running.address) return void process.stdout.write('working: this process runs jobs\n');
  const origin = originOf(running.address);
  if (config.profile === 'demo') {
    const made = await seed(running.container, running.database.db, config);
    if (inSandbox(config)) await seedPlans(running.container, running.database.db, config);
    process.stdout.write(welcome(origin, made ?? (await savedCredentials(config)), made !== undefined));
  }
  process.stdout.write(`listening on ${origin}\n`);
};

await start().catch(fail);

import { join } from 'node:path';
import { ContainerModule } from 'inversify';
import { outbox } from '../../adapters/email/outbox.js';
import { smtpEmail } from '../../adapters/email/smtp.js';
import type { Config } from '../config.js';
import { ports } from '../tokens.js';

export const demoOutbox = (config: Config) => outbox(join(config.dataDir, 'outbox'));

/** Mail by SMTP when a server is named, else into the demo's outbox. */
export const emailModule = (config: Config) =>
  new ContainerModule(({ bind }) => {
    const { SMTP_URL, EMAIL_FROM } = config;
    bind(ports.email)
      .toResolvedValue(() => (SMTP_URL ? smtpEmail({ url: SMTP_URL, from: EMAIL_FROM }) : demoOutbox(config)))
      .inSingletonScope();
  });

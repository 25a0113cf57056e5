import { type Logger, pino } from 'pino';
import type { Config } from './config.js';

/** JSON lines on standard error: standard output is for what a person asked to see. */
export const openLog = ({ LOG_LEVEL }: Pick<Config, 'LOG_LEVEL'>): Logger =>
  pino(
    {
      level: LOG_LEVEL,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    pino.destination({ fd: 2, sync: false }),
  );

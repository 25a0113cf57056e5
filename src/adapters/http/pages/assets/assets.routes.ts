import { okAsync } from 'neverthrow';
import { text } from '../../kit/reply.js';
import { route } from '../contract.js';
import { anyone } from '../guards.js';
import { ICON } from './icon.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

// Their addresses hold what is in them: a copy is good for ever.
const forEver = () => ({ 'Cache-Control': 'public, max-age=31536000, immutable' });
export const styleSheet = route({
  operationId: 'styleSheet',
  at: 'GET /assets/style.css',
  summary: 'How pages look',
  auth: anyone,
  run: () => okAsync(STYLE),
  reply: text('text/css; charset=utf-8', (sheet: string) => sheet, forEver),
  errors: {},
});

export const script = route({
  operationId: 'script',
  at: 'GET /assets/script.js',
  summary: 'What pages can do beyond plain forms',
  auth: anyone,
  run: () => okAsync(SCRIPT),
  reply: text('text/javascript; charset=utf-8', (source: string) => source, forEver),
  errors: {},
});

export const icon = route({
  operationId: 'icon',
  at: 'GET /assets/icon.svg',
  summary: 'The sign that browsers show for these pages',
  auth: anyone,
  run: () => okAsync(ICON),
  reply: text('image/svg+xml', (drawing: string) => drawing, forEver),
  errors: {},
});

import { createHash } from 'node:crypto';
import { ICON } from './icon.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

const versionOf = (content: string): string =>
  createHash('sha256').update(content).digest('base64url').slice(0, 12);

/** Where pages find their files; an address changes with what is in its file. */
export const STYLE_ADDRESS = `/assets/style.css?v=${versionOf(STYLE)}`;
export const SCRIPT_ADDRESS = `/assets/script.js?v=${versionOf(SCRIPT)}`;
export const ICON_ADDRESS = `/assets/icon.svg?v=${versionOf(ICON)}`;

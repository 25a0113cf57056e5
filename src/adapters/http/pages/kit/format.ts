import { type Instant, iso } from '../../../../domain/shared/time.js';
import { type Html, html } from '../../kit/html.js';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes as a person reads them, with three digits or so. */
export const size = (bytes: number): string => {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  if (power === 0) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const value = bytes / 1024 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
};

/** A moment to the minute, in UTC. */
export const time = (at: Instant): Html => {
  const text = iso(at);
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)} UTC</time>`;
};

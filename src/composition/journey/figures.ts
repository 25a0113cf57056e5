const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

const count = new Intl.NumberFormat('en-US');

/** 1,234,567 */
export const whole = (value: number): string => count.format(value);

/** 1 page, 2 pages */
export const counted = (value: number, one: string): string =>
  `${whole(value)} ${one}${value === 1 ? '' : 's'}`;

/** Three digits are enough to compare: 512 B, 1.50 kB, 23.6 MB. */
export const size = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`;
  // One step more where rounding would write 1000 of the smaller unit.
  const power = Math.min(Math.floor(Math.log10(bytes * 1.0005) / 3), UNITS.length);
  const value = bytes / 1000 ** power;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[power - 1] ?? 'TB'}`;
};

export const rate = (bytes: number, seconds: number): string =>
  seconds > 0 ? `${(bytes / seconds / 1e6).toFixed(1)} MB/s` : '';

/** A name as one line of text: file names may hold line breaks and commands to the terminal. */
export const printable = (name: string): string =>
  name.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });

/** What is left of a long text when only its ends are shown. */
export const shortened = (text: string, length: number): string => {
  const half = Math.floor((length - 1) / 2);
  return text.length <= length ? text : `${text.slice(0, half)}…${text.slice(-half)}`;
};

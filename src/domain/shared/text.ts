/** PostgreSQL cannot store NUL and UTF-8 cannot spell a lone surrogate: text with either is refused at the door. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

const encoder = new TextEncoder();

/** Bytes of the UTF-8 form. */
export const utf8Length = (text: string): number => encoder.encode(text).length;

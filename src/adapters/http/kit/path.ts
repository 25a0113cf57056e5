const PARAMETER = /\{(\w+)\}/g;
// The colon introduces a verb (`{id}:verify`), so a parameter never reaches over one; sent as %3A it is data.
const SEGMENT = '([^/:]+)';

const literal = (text: string): string => text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');

/** What a path matches, letter by letter, and the names of what it captures. */
export const pathPattern = (
  path: string,
): { readonly pattern: RegExp; readonly names: readonly string[] } => ({
  pattern: new RegExp(`^${literal(path).replaceAll(PARAMETER, SEGMENT)}$`),
  names: [...path.matchAll(PARAMETER)].map(([, name]) => name ?? ''),
});

/** Sorts literal segments before parameters, so that `/plans/current` is not taken for a plan's id. */
export const specificity = (path: string): string => path.replaceAll(PARAMETER, '\uffff');

/** Captures by name, decoded. What does not decode names nothing and is left out. */
export const paramsOf = (
  names: readonly string[],
  captures: readonly string[],
): Readonly<Record<string, string>> => {
  const params: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const text = decoded(captures[index]);
    if (text !== undefined) params[name] = text;
  }
  return params;
};

const decoded = (text: string | undefined): string | undefined => {
  if (text === undefined || !text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

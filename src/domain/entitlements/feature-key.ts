const LONGEST = 64;

/**
 * How programs name a feature of this name: `API calls / day` is `api_calls_day`. A name that has no letter or digit
 * to spell it with is named by its id.
 */
export const featureKey = (name: string, id: string): string => {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, LONGEST)
    .replace(/^_+|_+$/g, '');
  return slug === '' ? `feature_${id.replaceAll('-', '')}` : slug;
};

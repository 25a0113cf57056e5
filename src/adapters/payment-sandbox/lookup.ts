/** The record with this id, never something that every object inherits. */
export const own = <T>(records: Readonly<Record<string, T>>, id: string): T | undefined =>
  Object.hasOwn(records, id) ? records[id] : undefined;

/** The record that another record names: nothing is ever deleted, so a missing one is a defect. */
export const known = <T>(records: Readonly<Record<string, T>>, id: string): T => {
  const record = own(records, id);
  if (record === undefined) throw new Error(`the sandbox names ${id} and does not have it`);
  return record;
};

/** Of a kind, newest first. */
export const newestFirst = <T extends { readonly created: number }>(
  records: Readonly<Record<string, T>>,
): readonly T[] => Object.values(records).reverse();

// Tells sections of a recipe from lists and single values.

/** True for mappings. */
export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Fills `{slot}` marks of a template. A mark without a value is an error that names both, so a
 * typing mistake cannot reach the data.
 */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const value = values[slot];
    if (value === undefined)
      throw new RangeError(`template "${template}" has no value for {${slot}}`);
    return String(value);
  });
}

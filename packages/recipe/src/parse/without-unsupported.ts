// Sections that are not supported: refused by name, or left out because they are switched off.
import { isMapping } from '../issues/is-mapping.js';
import { UNSUPPORTED_SECTIONS } from '../schema/unsupported-sections.js';
import type { Findings } from './normalise.js';

/** The other sections; what is wrong with these goes into `findings`. */
export function withoutUnsupported(
  data: Readonly<Record<string, unknown>>,
  findings: Findings,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).filter(([key, value]) => {
      if (key.startsWith('_')) {
        findings.notes.push({
          key,
          because: 'a section whose name starts with _ is only there to be referred to',
        });
        return false;
      }
      const entry = Object.hasOwn(UNSUPPORTED_SECTIONS, key)
        ? UNSUPPORTED_SECTIONS[key]
        : undefined;
      if (entry === undefined) return true;
      const off =
        value === null ||
        (entry.off !== undefined && isMapping(value) && /^false$/i.test(String(value[entry.off])));
      if (off) findings.notes.push({ key, because: 'it is switched off' });
      else
        findings.issues.push({
          path: [key],
          at: 'key',
          message: `is not supported: ${entry.because}`,
          unsupported: true,
        });
      return false;
    }),
  );
}

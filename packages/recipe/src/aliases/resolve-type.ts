// Looks a name up in the table of known types. A name may be ours, a full Python name, or the tail
// of one (`ChatDataset`, `AutoModelForCausalLM.from_pretrained`).
import { nearestName } from '../issues/nearest-name.js';
import { TARGETS, type TargetKind } from '../schema/sections/targets.js';

/** Our name, or why there is none. */
export type ResolvedType =
  { readonly name: string } | { readonly problem: string; readonly unsupported: boolean };

const isTailOf = (tail: string, full: string): boolean =>
  full === tail || full.endsWith(`.${tail}`);
const lastPart = (name: string): string =>
  name
    .split('.')
    .slice(/\.(from_pretrained|from_config)$/.test(name) ? -2 : -1)
    .join('.');

/** Resolve a name of one kind. */
export function resolveType(kind: TargetKind, written: string): ResolvedType {
  const { known, refused } = TARGETS[kind];
  if (Object.hasOwn(known, written)) return { name: written };
  const match = Object.entries(known).find(([, pythonNames]) =>
    pythonNames.some((full) => isTailOf(written, full)),
  );
  if (match !== undefined) return { name: match[0] };
  const reason = Object.entries(refused).find(([full]) => isTailOf(written, full))?.[1];
  if (reason !== undefined)
    return { problem: `${lastPart(written)} is not supported: ${reason}`, unsupported: true };
  const choices = Object.keys(known);
  const nearest = nearestName(lastPart(written), [
    ...choices,
    ...Object.values(known).flat().map(lastPart),
  ]);
  const suggestion =
    nearest === undefined ? `known: ${choices.join(', ')}` : `did you mean ${nearest}?`;
  return {
    problem: `unknown ${kind} type ${JSON.stringify(written)}; ${suggestion}`,
    unsupported: false,
  };
}

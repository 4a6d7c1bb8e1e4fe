// Spreads through attention: ranks may share out heads, and nothing else.
import { areReplicated, isCutAt, type Spread } from '../support/spread.js';

type Spreads = Readonly<Record<string, Spread | undefined>>;

/**
 * Whether heads are cut. `whole` is replicated always; the tensors of `tokens` have heads in
 * dimension 1, those of `rows` in dimension 0. Errors: those of `refuse`.
 */
export function areHeadsCut(
  whole: Spreads,
  tokens: Spreads,
  rows: Spreads,
  refuse: (operand: string, why: string) => never,
): boolean {
  const all = { ...tokens, ...rows };
  const cutHeads = !areReplicated(...Object.values(all));
  const check = (spreads: Spreads, fits: (spread: Spread) => boolean): void => {
    for (const [name, spread] of Object.entries(spreads))
      if (spread !== undefined && !fits(spread))
        refuse(name, 'only heads may be cut, of all operands');
  };
  check(whole, (spread) => areReplicated(spread));
  if (!cutHeads) return false;
  check(tokens, (spread) => isCutAt(spread, 1));
  check(rows, (spread) => isCutAt(spread, 0));
  return true;
}

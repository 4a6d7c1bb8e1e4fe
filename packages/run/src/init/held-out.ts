// Which rows are held out of training: a tenth of them, at most 500, the first ones after a shuffle
// whose seed is in the recipe, so that they are the same each time.

/** Of fewer rows none can be spared. */
const FEWEST = 10;
const SHARE = 0.1;
const MAXIMUM = 500;

/** The seed of the shuffle. */
export const HELD_OUT_SEED = 42;

/** How many of `count` rows are held out; 0: none. */
export const heldOutOf = (count: number): number =>
  count < FEWEST ? 0 : Math.min(MAXIMUM, Math.floor(count * SHARE));

// A tracker of a run that may lose its folder: once another run has taken that over, this one tells
// the tracker nothing more.
import type { Fence } from '@automodel/checkpoint';
import type { Tracker } from '@automodel/contracts';

/** The tracker with `fence` asked before each of its calls. */
export const fencedTracker = (tracker: Tracker, fence: Fence): Tracker => ({
  location: tracker.location,
  log: async (entries) => {
    await fence();
    await tracker.log(entries);
  },
  close: async (outcome) => {
    await fence();
    await tracker.close(outcome);
  },
});

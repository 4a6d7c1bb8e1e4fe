// The collectives by name. They stand apart from the other ops: a backend runs them through an
// engine that connects its ranks, and a run in one process needs none of them.
import { allGatherOp } from './all-gather.js';
import { allReduceOp } from './all-reduce.js';
import { broadcastOp } from './broadcast.js';
import { reduceScatterOp } from './reduce-scatter.js';

export const collectiveOps = {
  all_gather: allGatherOp,
  all_reduce: allReduceOp,
  broadcast: broadcastOp,
  reduce_scatter: reduceScatterOp,
} as const;

/** Name of a collective. */
export type CollectiveName = keyof typeof collectiveOps;

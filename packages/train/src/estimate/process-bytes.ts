// What the process takes besides the tensors of a run: what it holds when it is asked, and how much
// its heap still grows while it trains, answers questions and saves.
import process from 'node:process';

/**
 * By how much the process grows besides tensors: the heap while programs are compiled again, and
 * pieces of tensors that a save has written and the collector has not freed yet.
 */
const GROWTH = 80 * 2 ** 20;

/**
 * Bytes of the process while a run goes on. `held`: bytes of tensors that are resident already.
 */
export const processBytes = (held = 0): number =>
  Math.max(0, process.memoryUsage.rss() - held) + GROWTH;

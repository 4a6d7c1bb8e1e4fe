// What a plan sends between ranks: its collectives by op and axis, how often each is called and how
// many bytes a rank sends in it, as the models of links count them.
import { isCollective, sentBytes } from './link-seconds.js';
import type { Plan } from './plan.js';

/** The calls of one collective over one axis in a run of a plan. */
export interface CollectiveTraffic {
  readonly op: string;
  readonly axis: string;
  readonly ranks: number;
  readonly calls: number;
  /** That a rank sends. */
  readonly bytes: number;
}

/** Those of `plan`, in the order of their first calls. */
export function collectiveTraffic({ steps }: Pick<Plan, 'steps'>): readonly CollectiveTraffic[] {
  const traffic = new Map<string, CollectiveTraffic>();
  for (const step of steps) {
    if (!isCollective(step)) continue;
    const [axis, ranks] = [String(step.attrs['axis']), Number(step.attrs['ranks'])];
    const key = `${step.op} ${axis}`;
    const { calls, bytes } = traffic.get(key) ?? { calls: 0, bytes: 0 };
    traffic.set(key, {
      op: step.op,
      axis,
      ranks,
      calls: calls + 1,
      bytes: bytes + sentBytes(step),
    });
  }
  return [...traffic.values()];
}

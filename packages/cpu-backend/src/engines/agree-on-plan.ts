// Ranks that run a plan together must have the same one: no check of a single plan sees that two
// ranks call collectives in different orders.
import { createHash } from 'node:crypto';
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError, planToJson, type Plan } from '@automodel/core';

/** Resolves when all ranks call it. Errors: `bad-plan` naming the ranks that differ. */
export async function agreeOnPlan(host: HostGroup, plan: Plan): Promise<void> {
  const digest = createHash('sha256').update(planToJson(plan)).digest('hex');
  const texts = await host.channel('plans').exchange(`${plan.name} ${digest}`);
  const others = texts.flatMap((text, rank) => (text === texts[0] ? [] : [rank]));
  if (others.length === 0) return;
  const nameOf = (rank: number): string => texts[rank]!.split(' ').slice(0, -1).join(' ');
  throw new AutomodelError(
    'bad-plan',
    `ranks run different plans: rank 0 runs ${nameOf(0)}, ` +
      `${others.map((rank) => `rank ${rank} another ${nameOf(rank)}`).join(', ')}`,
    { hint: 'start all processes with the same recipe, data and version' },
  );
}

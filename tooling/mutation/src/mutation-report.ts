// What a run over the list says: the rate of each area, every survivor with its reason, and whether
// the rate is high enough.
import type { Outcome } from './try-mutations.js';
import type { Mutation } from './mutation-list.js';

/** The share of mutations that tests must notice. */
export const REQUIRED_RATE = 0.95;

/** One line on one outcome. */
export function outcomeLine({ mutation, by, seconds }: Outcome): string {
  const what = `${mutation.id}, ${mutation.what}`;
  return by === undefined
    ? `SURVIVED  ${what} (${seconds} s)`
    : `killed    ${what}: ${by} (${seconds} s)`;
}

/** The lines of the report, and whether the list holds. */
export interface MutationReport {
  readonly lines: readonly string[];
  readonly passed: boolean;
}

/** The report on outcomes; `left` are entries that this machine cannot try. */
export function mutationReport(
  outcomes: readonly Outcome[],
  left: readonly Mutation[] = [],
): MutationReport {
  const survivors = outcomes.filter(({ by }) => by === undefined);
  const unexplained = survivors.filter(({ mutation }) => mutation.reason === undefined);
  const killed = outcomes.length - survivors.length;
  const lines = [
    ...areaLines(outcomes),
    ...survivors.map(
      ({ mutation: { id, file, what, reason } }) =>
        `survivor ${id}, ${file}: ${what} (${reason ?? 'NO REASON: add a test or a reason'})`,
    ),
    ...left.map(
      ({ id, instructionSet }) => `not tried: ${id}, this machine has no ${instructionSet ?? ''}`,
    ),
  ];
  const passed = unexplained.length === 0 && killed >= REQUIRED_RATE * outcomes.length;
  return { lines, passed };
}

function areaLines(outcomes: readonly Outcome[]): readonly string[] {
  const areas = [...new Set(outcomes.map(({ mutation }) => mutation.area))];
  const line = (name: string, own: readonly Outcome[]): string => {
    const killed = own.filter(({ by }) => by !== undefined).length;
    const rate = Math.floor((100 * killed) / own.length);
    return `${name.padEnd(12)} ${String(killed).padStart(3)} of ${own.length} killed, ${rate} %`;
  };
  return [
    ...areas.map((area) =>
      line(
        area,
        outcomes.filter(({ mutation }) => mutation.area === area),
      ),
    ),
    line('all', outcomes),
  ];
}

// Measures the rows that are asked for and prints them as Markdown; what is on the way goes to
// standard error. Exit code 0: every floor is reached, 1: one is missed, 2: could not measure.
import { availableParallelism, loadavg } from 'node:os';
import { mustRun } from '../../compare-commits/src/run-command.js';
import { MACHINE_CLASSES, readMachine, type Machine, type MachineClass } from './machine.js';
import { measureFit, measureTraining, type Bench } from './measure-row.js';
import { parseOptions, type Options } from './options.js';
import { ROWS } from './rows.js';
import { Sides } from './sides.js';
import { tableLines, type Cells } from './table.js';
import { fittingVerdict, trainingVerdict, type Verdict } from './verdict.js';

const write = (text: string): void => void process.stdout.write(`${text}\n`);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);

async function verdictOf(name: string, machineClass: MachineClass, bench: Bench): Promise<Verdict> {
  const row = ROWS[name]!;
  return row.kind === 'training'
    ? trainingVerdict(row, machineClass, await measureTraining(row, bench))
    : fittingVerdict(row, await measureFit(row, bench));
}

/** The machine, and what is compared on it. */
async function headingOf(machine: Machine, options: Options, sides: Sides): Promise<string[]> {
  const { pairs, steps, threads } = options;
  const set = await sides.instructionSet();
  const torch = await sides.torchVersion();
  return [
    `${machine.text}: ${MACHINE_CLASSES[machine.machineClass]}. ${threads} threads, ${set}; ` +
      `PyTorch ${torch}, Node ${process.versions.node}.`,
    `${pairs} pairs of ${steps} steps in turn, medians; load ${loadavg()[0]!.toFixed(1)} before.`,
  ];
}

async function compare(options: Options): Promise<number> {
  const machine = readMachine(await mustRun('lscpu', [], { cwd: process.cwd() }));
  const sides = new Sides(options);
  for (const text of [...(await headingOf(machine, options, sides)), '']) write(text);
  const [lines, failures]: [Cells[], string[]] = [[], []];
  for (const name of options.rows) {
    const bench = { options, sides, tell: (text: string) => tell(`${name}: ${text}`) };
    const verdict = await verdictOf(name, machine.machineClass, bench);
    lines.push({ work: name, ...verdict.cells });
    for (const text of verdict.failures) failures.push(`${name}: ${text}`);
  }
  for (const text of tableLines(lines)) write(text);
  for (const text of failures) write(`\nmissed: ${text}`);
  return failures.length === 0 ? 0 : 1;
}

/** Runs the comparison; returns its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    return await compare(parseOptions(words, availableParallelism()));
  } catch (error) {
    tell(`error: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

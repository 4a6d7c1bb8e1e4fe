// Measures the rows that are asked for and prints them as Markdown; what is on the way goes to
// standard error. Exit code 0: every floor is reached, 1: one is missed, 2: could not measure.
import { availableParallelism, loadavg } from 'node:os';
import { compareRow } from './compare-row.js';
import { Inputs } from './inputs.js';
import { MACHINE_CLASSES, readMachine, type Machine } from './machine.js';
import { parseOptions, type Options } from './options.js';
import { Programs } from './programs.js';
import { tableLines, type Cells } from './table.js';

const write = (text: string): void => void process.stdout.write(`${text}\n`);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);

/** The machine, and what is compared on it. */
async function headingOf(
  machine: Machine,
  { pairs, steps, threads }: Options,
  programs: Programs,
): Promise<string> {
  const set = await programs.instructionSet();
  const torch = await programs.torchVersion();
  return (
    `${machine.text}: ${MACHINE_CLASSES[machine.machineClass]}. ${threads} threads, ${set}; ` +
    `PyTorch ${torch}, Node ${process.versions.node}. ${pairs} pairs of ${steps} steps in turn, ` +
    `medians; load ${loadavg()[0]!.toFixed(1)} before.`
  );
}

async function compare(options: Options): Promise<number> {
  const { threads, steps, pairs, compiled } = options;
  const programs = new Programs(options);
  const machine = readMachine(await programs.run('lscpu', []));
  write(`${await headingOf(machine, options, programs)}\n`);
  const context = { programs, inputs: new Inputs(programs, options.folder), threads, steps };
  const ratios = new Map<string, number>();
  const [lines, remarks, failures]: [Cells[], string[], string[]] = [[], [], []];
  for (const name of options.rows) {
    const {
      cells,
      notes = [],
      ...verdict
    } = await compareRow(name, {
      machineClass: machine.machineClass,
      context,
      options: { pairs, compiled, tell: (text) => tell(`${name}: ${text}`) },
      ratios,
    });
    lines.push({ work: name, ...cells });
    remarks.push(...notes.map((text) => `- ${name}: ${text}`));
    failures.push(...verdict.failures.map((text) => `- missed: ${name}: ${text}`));
  }
  for (const text of [...tableLines(lines), '', ...remarks, ...failures]) write(text);
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

// `automodel verify --ops DIR`: single operations against PyTorch's results, on the backend and on
// the reference run. Exit code 0 agrees, 1 differs, 2 cannot say.
import { resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { verifyOps as checkOps, type OpCaseCheck, type OpsReport } from '@automodel/recorded';
import { openBackend } from '@automodel/run';
import { pluginsFor, writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { table } from '../render/table.js';
import { style } from '../terminal/style.js';

export interface VerifyOpsCommandOptions extends CommonOptions {
  readonly ops: string;
  readonly reference?: string;
  readonly dump?: string;
  readonly backend?: string;
  readonly threads?: number;
}

/** Errors: a model folder or a reference beside --ops; whatever keeps the cases from being read. */
export async function verifyOps(
  context: CliContext,
  folder: string | undefined,
  options: VerifyOpsCommandOptions,
): Promise<number> {
  if (folder !== undefined || options.reference !== undefined)
    throw new AutomodelError(
      'bad-argument',
      'verify --ops DIR compares single operations: it takes no model folder and no --reference',
    );
  const path = (name: string): string => resolve(context.workingDirectory, name);
  const backend = await openBackend(await pluginsFor(context, options), {
    name: options.backend,
    threads: options.threads,
  });
  try {
    const report = await checkOps(path(options.ops), {
      backend,
      dump: options.dump === undefined ? undefined : path(options.dump),
    });
    if (options.json === true) writeJson(context, report);
    else context.streams.out.write(render(report, context));
    return { agrees: EXIT.done, differs: EXIT.failedCheck, 'cannot-check': EXIT.usersMistake }[
      report.verdict
    ];
  } finally {
    await backend.close();
  }
}

type Status = OpCaseCheck['status'];
const RUNS = ['reference', 'backend'] as const;

const worst = (
  checks: readonly OpCaseCheck[],
  run: (typeof RUNS)[number],
  kind: 'output' | 'gradient',
): string => {
  const errors = checks.flatMap((check) => check[run][kind] ?? []);
  return errors.length === 0 ? '' : Math.max(...errors).toExponential(1);
};

const statusOf = (checks: readonly OpCaseCheck[]): Status =>
  (['differs', 'cannot-check'] as const).find((status) =>
    checks.some((check) => check.status === status),
  ) ?? 'agrees';

/** One row an op, then a line for each case that does not agree. */
function render({ folder, backend, verdict, cases }: OpsReport, context: CliContext): string {
  const { bold, green, red, yellow } = style(context.streams.color);
  const colour: Record<Status, (text: string) => string> = {
    agrees: green,
    differs: red,
    'cannot-check': yellow,
  };
  const rows = [...new Set(cases.map(({ op }) => op))].map((op) => {
    const checks = cases.filter((check) => check.op === op);
    return [
      op,
      String(checks.length),
      ...RUNS.flatMap((run) => [worst(checks, run, 'output'), worst(checks, run, 'gradient')]),
      statusOf(checks),
    ];
  });
  const heading = ['op', 'cases', 'reference', 'gradient', backend, 'gradient', ''];
  const lines = table([heading, ...rows], new Set([1, 2, 3, 4, 5])).map((line, i) =>
    i === 0
      ? bold(line)
      : line.replace(
          / (agrees|differs|cannot-check)$/,
          (text, status: Status) => ` ${colour[status](text.slice(1))}`,
        ),
  );
  const others = cases.filter(({ status }) => status !== 'agrees');
  for (const { case: name, status, note = '' } of others)
    lines.push(`${name} ${colour[status](status)}: ${note}`);
  const text = {
    agrees: 'agree with PyTorch',
    differs: 'differ from PyTorch',
    'cannot-check': 'could not be compared',
  }[verdict];
  const count =
    verdict === 'agrees' ? cases.length : cases.filter(({ status }) => status === verdict).length;
  return (
    `${lines.join('\n')}\n${folder}: ` +
    `${colour[verdict](`${count} of ${cases.length} cases ${text}`)}\n`
  );
}

// `automodel verify`: computes what a reference file contains for a model folder and compares. Exit
// code 0 agrees, 1 differs, 2 cannot say.
import { resolve } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { createModel, openAdapter, openBackend } from '@automodel/run';
import { verifyReference, type TensorCheck, type VerificationReport } from '@automodel/train';
import { type Precision } from '@automodel/session';
import { pluginsFor, writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { table } from '../render/table.js';
import { style } from '../terminal/style.js';

export interface VerifyCommandOptions extends CommonOptions {
  readonly reference?: string;
  readonly adapter?: string;
  /** A recorded forward pass in place of a model package. */
  readonly graph?: string;
  readonly fuse?: boolean;
  readonly dump?: string;
  readonly precision?: Precision;
  readonly backend?: string;
  readonly threads?: number;
}

/** Runs the verification. Errors: whatever keeps folder or reference from being opened. */
export async function verify(
  context: CliContext,
  folder: string | undefined,
  { reference, ...options }: VerifyCommandOptions,
): Promise<number> {
  if (folder === undefined || reference === undefined)
    throw new AutomodelError(
      'bad-argument',
      'verify takes a model folder and --reference FILE, or --ops DIR',
    );
  const path = (name: string): string => resolve(context.workingDirectory, name);
  const plugins = await pluginsFor(context, options);
  const { graph, fuse, precision } = options;
  const model = await createModel(plugins, await HuggingFaceFolder.open(path(folder)), {
    graph,
    workingDirectory: context.workingDirectory,
  });
  const adapter =
    options.adapter === undefined
      ? undefined
      : await openAdapter(plugins, path(options.adapter), model);
  const backend = await openBackend(plugins, { name: options.backend, threads: options.threads });
  try {
    const report = await verifyReference(path(folder), path(reference), {
      backend,
      createModel: () => model,
      adapter,
      precision,
      fuse,
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

const figure = (value: number | undefined): string =>
  value === undefined ? '' : value.toExponential(1);

/** One row for many tensors: the one nearest to its tolerance stands for all. */
function foldedRow(
  prefix: string,
  status: TensorCheck['status'],
  group: readonly TensorCheck[],
): string[][] {
  if (group.length === 0) return [];
  const share = ({ error = 0, tolerance = 1 }: TensorCheck): number => error / tolerance;
  const worst = group.reduce((a, b) => (share(b) > share(a) ? b : a));
  return [
    [
      `${prefix}* (${group.length})`,
      status,
      figure(worst.error),
      figure(worst.tolerance),
      worst.error === undefined ? '' : `worst: ${worst.name.slice(prefix.length)}`,
    ],
  ];
}

/** Every check that matters by itself; gradients that agree are one line. */
function render(report: VerificationReport, context: CliContext): string {
  const { bold, green, red, yellow } = style(context.streams.color);
  const colour: Record<TensorCheck['status'], (text: string) => string> = {
    agrees: green,
    differs: red,
    'not-compared': (text) => text,
    'cannot-check': yellow,
  };
  const folded = (check: TensorCheck): boolean =>
    (check.status === 'agrees' || check.status === 'not-compared') &&
    /^(grad|final)\./.test(check.name);
  const shown = report.checks
    .filter((check) => !folded(check))
    .map((check) => [
      check.name,
      check.status,
      figure(check.error),
      figure(check.tolerance),
      check.note ?? '',
    ]);
  for (const prefix of ['grad.', 'final.'])
    for (const status of ['agrees', 'not-compared'] as const)
      shown.push(
        ...foldedRow(
          prefix,
          status,
          report.checks.filter(
            (check) => folded(check) && check.status === status && check.name.startsWith(prefix),
          ),
        ),
      );
  const lines = table([['tensor', '', 'error', 'tolerance', ''], ...shown], new Set([2, 3])).map(
    (line, i) =>
      i === 0
        ? bold(line)
        : line.replace(
            / (agrees|differs|cannot-check)\b/,
            (text, status: TensorCheck['status']) => ` ${colour[status](text.slice(1))}`,
          ),
  );
  const verdict = {
    agrees: green('agrees with the reference'),
    differs: red('differs from the reference'),
    'cannot-check': yellow('cannot be compared in full'),
  }[report.verdict];
  return `${lines.join('\n')}\n${report.folder} (${report.precision}) ${verdict}\n`;
}

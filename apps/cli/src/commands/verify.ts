// `automodel verify`: computes what a reference file contains for a model folder and compares; with
// --ops, single operations against PyTorch's results, on the backend and on the reference run. Exit
// code 0: agrees, 1: differs, 2: cannot say.
import { resolve } from 'node:path';
import { HuggingFaceFolder, putInPlace } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { verifyOps, type OpsReport } from '@automodel/recorded';
import { openAdapted, openBackend } from '@automodel/run';
import { verifyReference, type VerificationReport } from '@automodel/train';
import { writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/verify.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { checkNewFile } from '../check-new-file.js';
import { pluginsFor } from '../plugins-for.js';
import { openSharedBackend } from '../shared-by.js';
import { renderOps } from '../render/ops-table.js';
import { renderVerification } from '../render/verify-table.js';
import { style } from '../terminal/style.js';

type Options = CommandOptions<typeof OPTIONS>;

const EXIT_CODE = {
  agrees: EXIT.done,
  differs: EXIT.failedCheck,
  'cannot-check': EXIT.usersMistake,
} as const;

/** Errors: whatever keeps folder, reference or cases from being opened. */
export async function run(
  context: CommandContext,
  options: Options,
  folder: string | undefined,
): Promise<number> {
  const { streams } = context;
  await checkNewFile(context, { file: options.dump, option: '--dump', force: options.force });
  const report =
    options.ops === undefined
      ? await verifyFolder(context, options, folder)
      : await verifyCases(context, options, options.ops, folder);
  if (options.json === true) writeJson(context, report);
  else if ('cases' in report) streams.out.write(renderOps(report, style(streams.color)));
  else streams.out.write(renderVerification(report, style(streams.color)));
  return EXIT_CODE[report.verdict];
}

/** Errors: no folder or no reference. */
async function verifyFolder(
  context: CommandContext,
  options: Options,
  folder: string | undefined,
): Promise<VerificationReport> {
  const { workingDirectory } = context;
  const { graph, fuse, precision, reference, adapter: adapterFolder, dump } = options;
  if (folder === undefined || reference === undefined)
    throw new AutomodelError(
      'bad-argument',
      'verify takes a model folder and --reference FILE, or --ops DIR',
    );
  const path = (name: string): string => resolve(workingDirectory, name);
  const plugins = await pluginsFor(context, options);
  const opened = await HuggingFaceFolder.open(path(folder));
  const { model, adapter } = await openAdapted(
    plugins,
    opened,
    adapterFolder === undefined ? undefined : path(adapterFolder),
    { graph, workingDirectory },
  );
  const { backend, parallelism } = await openSharedBackend(context, plugins, options);
  try {
    const settings = { backend, parallelism, createModel: () => model, adapter, precision, fuse };
    const verified = (file?: string): Promise<VerificationReport> =>
      verifyReference(path(folder), path(reference), { ...settings, dump: file });
    const writes = dump !== undefined && parallelism.host.rank === 0;
    return await (writes ? putInPlace(path(dump), verified) : verified());
  } finally {
    await backend.close();
  }
}

/** Errors: a model folder or a reference beside --ops. */
async function verifyCases(
  context: CommandContext,
  options: Options,
  cases: string,
  folder: string | undefined,
): Promise<OpsReport> {
  if (folder !== undefined || options.reference !== undefined)
    throw new AutomodelError(
      'bad-argument',
      'verify --ops DIR compares single operations: it takes no model folder and no --reference',
    );
  if ((await context.join?.()) !== undefined)
    throw new AutomodelError('bad-argument', 'verify --ops DIR runs in one process');
  const path = (name: string): string => resolve(context.workingDirectory, name);
  const plugins = await pluginsFor(context, options);
  const backend = await openBackend(plugins, { name: options.backend, threads: options.threads });
  try {
    const { dump } = options;
    const verified = (file?: string): Promise<OpsReport> =>
      verifyOps(path(cases), { backend, dump: file });
    return await (dump === undefined ? verified() : putInPlace(path(dump), verified));
  } finally {
    await backend.close();
  }
}

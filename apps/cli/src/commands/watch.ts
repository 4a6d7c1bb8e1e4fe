// `automodel watch`: the live page of a run folder, whoever runs the run and whether it still goes
// on.
import { resolve } from 'node:path';
import { LivePage, RunFolderReader } from '@automodel/run';
import { openBrowser } from '../browser/open-browser.js';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import type { OPTIONS } from '../declarations/watch.js';
import { EXIT } from '../exit-code.js';
import type { CommandOptions } from '../grammar/declare-command.js';

type Options = CommandOptions<typeof OPTIONS>;

/** Serves until the user ends it. Errors: no such run, or the port is taken. */
export async function run(
  context: CommandContext,
  options: Options,
  folder: string,
): Promise<number> {
  const { streams, signal, workingDirectory } = context;
  context.expectStop?.();
  const reader = await RunFolderReader.open(resolve(workingDirectory, folder));
  await reader.read();
  const page = await LivePage.open(() => reader.read(), { port: options.port });
  if (options.json === true) writeJson(context, { url: page.url });
  else streams.out.write(`${page.url}\n`);
  note(context, 'The page is only for this machine, and stays until Ctrl-C.');
  if (options.browser) openBrowser(context, page.url);
  await new Promise<void>((ended) => {
    // a timer keeps the process alive: the server alone would too, but its readers may go
    const alive = setInterval(() => undefined, 2 ** 30);
    const end = (): void => {
      clearInterval(alive);
      ended();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  await page.close('The page was closed where it was opened.');
  return EXIT.done;
}

// The live page of a run of this process. The run goes on whatever becomes of the page.
import { LivePage, type ReadRun } from '@automodel/run';
import type { CliContext } from '../cli-context.js';
import { openBrowser } from './open-browser.js';

/**
 * Serves the page, prints its link by `print` and opens it where there is a desktop; undefined: it
 * could not be served, which is printed too.
 */
export async function openRunPage(
  context: CliContext,
  read: ReadRun,
  print: (line: string) => void,
): Promise<LivePage | undefined> {
  try {
    const page = await LivePage.open(read);
    print(`live page, until the run ends: ${page.url}`);
    openBrowser(context, page.url);
    return page;
  } catch (error) {
    print(`note: there is no live page: ${(error as Error).message}`);
    return undefined;
  }
}

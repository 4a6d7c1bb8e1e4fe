// `automodel plugins`: what is installed, what it provides, and what could be installed.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { surveyPlugins, type PluginSurvey } from '@automodel/run';
import { writeJson, type CliContext, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { CommonOptions } from '../grammar/shared-options.js';
import { when } from '../render/sentence.js';
import { table } from '../render/table.js';
import { style } from '../terminal/style.js';

/** The plugins that a command in the working directory finds. */
export const surveyFor = (context: CliContext): Promise<PluginSurvey> =>
  surveyPlugins({
    workingDirectory: context.workingDirectory,
    applicationDirectory: dirname(fileURLToPath(import.meta.url)),
  });

/** Exit code 1 where an installed plugin cannot be used. */
export async function run(context: CommandContext, options: CommonOptions): Promise<number> {
  const survey = await surveyFor(context);
  if (options.json === true)
    writeJson(context, {
      ...survey,
      problems: survey.problems.map(({ code, message, hint }) => ({ code, message, hint })),
    });
  else context.streams.out.write(`${lines(survey, context).join('\n')}\n`);
  return survey.problems.length === 0 ? EXIT.done : EXIT.failedCheck;
}

function lines({ installed, problems, missing }: PluginSurvey, context: CliContext): string[] {
  const { bold, dim, red } = style(context.streams.color);
  const rows = installed.map((record) => [
    `  ${record.package}`,
    record.version,
    record.kind,
    record.provides.join(', '),
  ]);
  return [
    bold('installed'),
    ...(rows.length === 0
      ? ['  none: npm install @automodel/cpu-backend and the package of your model']
      : table(rows)),
    ...problems.map((problem) =>
      red(`  ${problem.message}${when(problem.hint, (hint) => ` (${hint})`)}`),
    ),
    ...(missing.length === 0
      ? []
      : [
          bold('not installed'),
          ...table(
            missing.map((known) => [
              `  ${known.kind} ${known.provides.join(', ')}`,
              dim(`npm install ${known.package}`),
            ]),
          ),
        ]),
  ];
}

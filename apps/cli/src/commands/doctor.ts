// `automodel doctor`: whether this machine and this installation can do the work, and what to do
// where they cannot. It runs where nothing else does: no check depends on another.
import type { Diagnosis } from '@automodel/contracts';
import { importPluginFile, PluginRegistry, type PluginSurvey } from '@automodel/run';
import { writeJson, type CliContext, type CommandContext } from '../cli-context.js';
import { graphics, memory, nodeAndSystem, processors, shellLimits } from '../doctor/machine.js';
import { speedTest } from '../doctor/speed-test.js';
import { storage } from '../doctor/storage.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/doctor.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { counted } from '../render/sentence.js';
import { style } from '../terminal/style.js';
import { packageVersion } from '../version.js';
import { surveyFor } from './plugins.js';

type Options = CommandOptions<typeof OPTIONS>;

/** Exit code 1 where something fails. */
export async function run(context: CommandContext, options: Options): Promise<number> {
  const survey = await surveyFor(context);
  const backends = survey.installed
    .filter((record) => record.kind === 'backend')
    .flatMap((record) => record.provides);
  const given = (context.plugins ?? []).flatMap((plugin) =>
    plugin.kind === 'backend-plugin' ? [plugin.name] : [],
  );
  const found: Diagnosis[] = [
    ...nodeAndSystem(packageVersion()),
    processors(),
    ...memory(),
    ...shellLimits(),
    ...graphics(backends.includes('cuda')),
    ...installed(survey),
    ...(await backendChecks(context, options, survey, [...new Set([...given, ...backends])])),
    ...(await storage(context.environment, context.workingDirectory, options.online === true)),
  ];
  const fails = found.some(({ level }) => level === 'fail');
  if (options.json === true) writeJson(context, { ok: !fails, checks: found });
  else context.streams.out.write(`${lines(found, context).join('\n')}\n`);
  return fails ? EXIT.failedCheck : EXIT.done;
}

const PLUGINS = 'plugins';

function installed({ installed: records, problems }: PluginSurvey): Diagnosis[] {
  const models = records.filter(({ kind }) => kind === 'model').flatMap(({ provides }) => provides);
  const kinds = [...new Set(records.map(({ kind }) => kind))];
  const width = Math.max(0, ...kinds.map((kind) => kind.length));
  const listed = kinds.flatMap((kind) =>
    records
      .filter((record) => record.kind === kind)
      .map((record): Diagnosis => ({
        name: PLUGINS,
        level: 'ok',
        text:
          `${kind.padEnd(width)}  ${record.package} ${record.version}: ` +
          record.provides.join(', '),
      })),
  );
  return [
    {
      name: PLUGINS,
      level: models.length === 0 ? 'warn' : 'ok',
      text: records.length === 0 ? 'none installed' : `${records.length} installed`,
      ...(models.length === 0
        ? { hint: 'npm install the package of your model; automodel plugins lists them' }
        : {}),
    },
    ...listed,
    ...problems.map((problem): Diagnosis => ({
      name: PLUGINS,
      level: 'fail',
      text: problem.message,
      hint: problem.hint,
    })),
  ];
}

/** What each backend says about itself, and its speed if it works. */
async function backendChecks(
  context: CliContext,
  options: Options,
  survey: PluginSurvey,
  names: readonly string[],
): Promise<Diagnosis[]> {
  const files = await Promise.all((options.plugin ?? []).map((path) => importPluginFile(path)));
  const registry = new PluginRegistry({
    discovered: survey.installed,
    given: [...files, ...(context.plugins ?? [])],
  });
  if (names.length === 0)
    return [
      {
        name: 'backend',
        level: 'fail',
        text: 'none is installed',
        hint: 'npm install @automodel/cpu-backend',
      },
    ];
  const found: Diagnosis[] = [];
  for (const name of names) {
    try {
      const plugin = await registry.backend(name);
      const own = plugin.diagnose?.() ?? [];
      found.push(...own);
      if (!own.some(({ level }) => level === 'fail'))
        found.push(await speedTest(plugin, options.threads));
    } catch (error) {
      found.push({
        name: `backend ${name}`,
        level: 'fail',
        text: (error as Error).message,
        hint: (error as { hint?: string }).hint,
      });
    }
  }
  return found;
}

function lines(found: readonly Diagnosis[], context: CliContext): string[] {
  const { bold, dim, green, red, yellow } = style(context.streams.color);
  const marks = { ok: green('ok  '), warn: yellow('warn'), fail: red('fail') };
  const width = Math.max(...found.map(({ name }) => name.length));
  return [
    ...found.flatMap(({ name, level, text, hint }, i) => [
      // lines of one group have their name once
      `${marks[level]}  ${bold((name === found[i - 1]?.name ? '' : name).padEnd(width))}  ${text}`,
      ...(hint === undefined ? [] : [`${' '.repeat(width + 8)}${dim(`-> ${hint}`)}`]),
    ]),
    verdict(found),
  ];
}

function verdict(found: readonly Diagnosis[]): string {
  const count = (level: Diagnosis['level']): number =>
    found.filter((line) => line.level === level).length;
  const [warnings, failures] = [count('warn'), count('fail')];
  if (failures > 0) return `${counted(failures, 'thing')} to fix`;
  return warnings > 0 ? `ready, with ${counted(warnings, 'warning')}` : 'ready';
}

// `automodel launch`: a recipe as a job of a cluster, printed or submitted. The recipe is read
// first, so that its mistakes are found here and not on the cluster.
import { readFile } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { jobNameOf, submit, type ClusterJob } from '@automodel/distributed';
import { writeJson, type CommandContext } from '../cli-context.js';
import { KUBERNETES, SLURM, type OPTIONS } from '../declarations/launch.js';
import { EXIT } from '../exit-code.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import type { OptionSpecs } from '../grammar/option.js';
import { kubernetesText } from '../launch/kubernetes-text.js';
import { slurmText } from '../launch/slurm-text.js';
import type { ClusterText, LaunchRequest } from '../launch/launch-request.js';
import { recipeFrom } from './recipe-options.js';

type Options = CommandOptions<typeof OPTIONS>;

interface System {
  /** Options that only this system has. */
  readonly options: OptionSpecs;
  readonly text: (request: LaunchRequest, options: Options) => ClusterText;
}

const SYSTEMS: Readonly<Record<string, System>> = {
  slurm: { options: SLURM, text: slurmText },
  kubernetes: { options: KUBERNETES, text: kubernetesText },
};

/** `words`: the system, a recipe file, overrides. Errors: those of the recipe; `bad-argument`. */
export async function run(
  context: CommandContext,
  options: Options,
  [name = '', file, ...overrides]: readonly string[],
): Promise<number> {
  const { workingDirectory: directory, environment, streams } = context;
  const system = systemOf(name, options);
  if (file === undefined || file.startsWith('--'))
    throw new AutomodelError('bad-argument', `automodel launch ${name} needs a recipe`, {
      hint: `automodel launch ${name} RECIPE.yaml`,
    });
  const { recipe } = await recipeFrom([file, ...overrides], { plugin: options.plugin }, context);
  const { text, program } = system.text(
    {
      file,
      recipe: await readFile(resolve(directory, file), 'utf8'),
      directory,
      runFolder: resolve(directory, recipe.recipe.checkpoint.checkpoint_dir),
      job: jobOf(file, options),
      commandWith: (first, shown) => [
        ...first,
        ...['finetune', shown],
        ...(options.cpus === undefined ? [] : ['--backend.threads', String(options.cpus)]),
        ...overrides,
        ...(options.plugin ?? []).flatMap((path) => ['--plugin', path]),
        ...['--resume', 'auto'],
      ],
    },
    options,
  );
  if (options.submit !== true) {
    if (options.json === true) writeJson(context, { text });
    else streams.out.writeExact(text);
    return EXIT.done;
  }
  const answer = await submit(program, text, { directory, environment });
  if (options.json === true) writeJson(context, { text, answer });
  else streams.out.write(answer);
  return EXIT.done;
}

/** Errors: `bad-argument` for an unknown system, and for options of another one. */
function systemOf(name: string, options: Options): System {
  const system = SYSTEMS[name];
  if (system === undefined)
    throw new AutomodelError('bad-argument', `automodel launch knows no system "${name}"`, {
      hint: `choose one of ${Object.keys(SYSTEMS).join(', ')}`,
    });
  for (const [other, { options: foreign }] of Object.entries(SYSTEMS))
    for (const [key, { grammar }] of Object.entries(foreign))
      if (other !== name && Object.hasOwn(options, key))
        throw new AutomodelError(
          'bad-argument',
          `${grammar.long ?? key} is an option of automodel launch ${other}, not of ${name}`,
        );
  return system;
}

const jobOf = (file: string, options: Options): Omit<ClusterJob, 'command'> => ({
  name: options.name ?? jobNameOf(basename(file, extname(file))),
  nodes: options.nodes ?? 1,
  processes: options.nprocPerNode ?? 1,
  cpus: options.cpus,
  memory: options.memory,
  gpus: options.gpus,
});

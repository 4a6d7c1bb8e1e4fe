// The commands and options of the command line, and nothing else: what each does is in its own
// file. Everything after a recipe that is no option here is an override of the recipe.
import { readFileSync } from 'node:fs';
import { Argument, Command, Option } from 'commander';
import type { CliContext, CommonOptions } from './cli-context.js';
import { addHelp } from './command-help.js';
import {
  command,
  dtypeOption,
  recipeCommand,
  withAdapter,
  withBackend,
  withColumns,
  withFusion,
  withGraph,
} from './command-options.js';
import { SHELLS, type Shell } from './completion/completion-script.js';
import { METHODS } from './init/recipe-choice.js';
import { number, wholeNumber } from './option-values.js';
import { bench, type BenchCommandOptions } from './commands/bench.js';
import { chat, type ChatCommandOptions } from './commands/chat.js';
import { check, type CheckCommandOptions } from './commands/check.js';
import { download, type DownloadCommandOptions } from './commands/download.js';
import { completion } from './commands/completion.js';
import { doctor, type DoctorCommandOptions } from './commands/doctor.js';
import { evaluate, type EvaluateCommandOptions } from './commands/evaluate.js';
import { exportCommand, type ExportCommandOptions } from './commands/export.js';
import { finetune, type FinetuneCommandOptions } from './commands/finetune.js';
import { generate, type GenerateCommandOptions } from './commands/generate.js';
import { init, type InitCommandOptions } from './commands/init.js';
import { merge, type MergeCommandOptions } from './commands/merge.js';
import { plan, type PlanCommandOptions } from './commands/plan.js';
import { plugins } from './commands/plugins.js';
import { push, type PushCommandOptions } from './commands/push.js';
import { schema, type SchemaCommandOptions } from './commands/schema.js';
import { verifyOps } from './commands/verify-ops.js';
import { verify, type VerifyCommandOptions } from './commands/verify.js';

/** Tells the caller how a command ended. */
export type Finish = (exitCode: number) => void;

const version = (): string =>
  (
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    }
  ).version;

function addFinetune(program: Command, context: CliContext, finish: Finish): void {
  withFusion(
    withGraph(
      recipeCommand(
        program,
        'finetune',
        'train as a recipe says; the recipe may be replaced by --model, --data and --output',
        true,
      ),
    ),
  )
    .option(
      '--resume <checkpoint>',
      'go on from a checkpoint: latest, best, its name or its folder',
    )
    .action(async (words: readonly string[], options: FinetuneCommandOptions) =>
      finish(await finetune(context, words, options)),
    );
}

function addCheck(program: Command, context: CliContext, finish: Finish): void {
  recipeCommand(
    program,
    'check',
    'everything that can be found out before training: recipe, model, rows and their label ' +
      'masks, memory, disk',
  )
    .option('--rows <n>', 'show so many rows, trained tokens marked', wholeNumber(0), 3)
    .option('--html <file>', 'write findings and rows as a page')
    .option(
      '--nemo',
      'instead: which NeMo recipes (files or folders) run here, and which keys change nothing',
    )
    .action(async (words: readonly string[], options: CheckCommandOptions) =>
      finish(await check(context, words, options)),
    );
}

function addPlan(program: Command, context: CliContext, finish: Finish): void {
  withFusion(recipeCommand(program, 'plan', 'what a run will take: memory, arithmetic, time'))
    .option(
      '--seq <n>',
      'plan for rows of so many tokens instead of reading the data',
      wholeNumber(1),
    )
    .option('--batch <n>', 'rows of a micro-batch, with --seq', wholeNumber(1))
    .option(
      '--graph [file]',
      "run a recorded forward pass (default: the folder's graph.json) and say what fusion makes " +
        'of it',
    )
    .option('--print-graph [scope]', 'print the graph of a module (default: the first layer)')
    .option('--print-plan [scope]', 'print the plan of a module (default: the first layer)')
    .action(async (words: readonly string[], options: PlanCommandOptions) =>
      finish(await plan(context, words, options)),
    );
}

function addEvaluate(program: Command, context: CliContext, finish: Finish): void {
  withColumns(
    withAdapter(
      withGraph(
        withBackend(
          command(program, 'evaluate', 'loss, perplexity and exact match on a file of examples'),
        ),
      ),
    ),
  )
    .requiredOption('--model <folder>', 'model folder or hub id')
    .requiredOption(
      '--data <file>',
      'examples: JSON lines, CSV, Parquet, text; file, folder or hub id',
    )
    .option('--limit <n>', 'only so many rows', wholeNumber(1))
    .option('--max-new-tokens <n>', 'most tokens of an answer', wholeNumber(1), 256)
    .option('--no-exact-match', 'only loss and perplexity')
    .option('--show <n>', 'show so many wrong answers', wholeNumber(0), 2)
    .addOption(dtypeOption())
    .action(async (options: EvaluateCommandOptions) => finish(await evaluate(context, options)));
}

const withSampling = (target: Command): Command =>
  target
    .option('--max-new-tokens <n>', 'most tokens to generate', wholeNumber(0), 256)
    .option('--temperature <t>', '0: always the likeliest token', number(0), 0)
    .option(
      '--top-p <p>',
      'draw among the likeliest tokens that together have this probability',
      number(0, 1),
      1,
    )
    .option('--top-k <k>', 'draw among so many likeliest tokens; 0: all', wholeNumber(0), 0)
    .option('--seed <n>', 'seed of the draws', wholeNumber(0), 0);

function addChat(program: Command, context: CliContext, finish: Finish): void {
  withSampling(
    withAdapter(
      withGraph(withBackend(command(program, 'chat', 'talk to a model in the terminal'))),
    ),
  )
    .requiredOption('--model <folder>', 'model folder or hub id')
    .option('--system <text>', 'a system message before the chat')
    .option(
      '--context <n>',
      'most tokens of a chat (default: those the model was made for)',
      wholeNumber(2),
    )
    .addOption(dtypeOption())
    .action(async (options: ChatCommandOptions) => finish(await chat(context, options)));
}

function addGenerate(program: Command, context: CliContext, finish: Finish): void {
  withSampling(
    withAdapter(withGraph(withBackend(command(program, 'generate', 'generate text with a model')))),
  )
    .requiredOption('--model <folder>', 'model folder or hub id')
    .requiredOption('--prompt <text>', 'what to say to the model')
    .option('--system <text>', 'a system message before it')
    .option('--raw', 'continue the prompt as it is: no chat template; prints the continuation only')
    .addOption(dtypeOption())
    .action(async (options: GenerateCommandOptions) => finish(await generate(context, options)));
}

function addVerify(program: Command, context: CliContext, finish: Finish): void {
  withFusion(
    withAdapter(
      withGraph(
        withBackend(
          command(
            program,
            'verify',
            'compare a model with tensors that another implementation computed',
          ),
        ),
      ),
    ),
  )
    .argument('[folder]', 'model folder')
    .option('--reference <file>', 'safetensors file of expected tensors')
    .option('--ops <dir>', 'instead of a model: single operations, ops.json and ops.safetensors')
    .option('--dump <file>', 'write inputs and own values under the same names')
    .addOption(
      new Option('--precision <precision>', 'at bf16 only losses are compared')
        .choices(['f32', 'bf16', 'bf16_pure'])
        .default('f32'),
    )
    .action(
      async (
        folder: string | undefined,
        { ops, ...options }: VerifyCommandOptions & { readonly ops?: string },
      ) =>
        finish(
          ops === undefined
            ? await verify(context, folder, options)
            : await verifyOps(context, folder, { ...options, ops }),
        ),
    );
}

function addBench(program: Command, context: CliContext, finish: Finish): void {
  withFusion(
    withGraph(withBackend(command(program, 'bench', 'training speed and memory on random tokens'))),
  )
    .argument('<model>', 'model folder or hub id')
    .addOption(
      new Option('--dtype <dtype>', 'bf16 keeps f32 master weights')
        .choices(['f32', 'bf16', 'bf16_pure'])
        .default('f32'),
    )
    .option('--batch <n>', 'rows (default: 4; of a recorded graph its own)', wholeNumber(1))
    .option(
      '--seq <n>',
      'tokens of a row (default: 512; of a recorded graph its own)',
      wholeNumber(2),
    )
    .option('--steps <n>', 'optimizer steps; the first is not counted', wholeNumber(2), 5)
    .option('--lora <rank>', 'rank of adapters', wholeNumber(0))
    .addOption(
      new Option(
        '--quantization <format>',
        'hold the weights below the adapters in 4 or 8 bits',
      ).choices(['nf4', 'nf4_double', 'int8']),
    )
    .action(async (model: string, options: BenchCommandOptions) =>
      finish(await bench(context, model, options)),
    );
}

function addMerge(program: Command, context: CliContext, finish: Finish): void {
  withGraph(
    withBackend(command(program, 'merge', 'an adapter and its model as one complete folder')),
  )
    .requiredOption('--model <folder>', 'model folder or hub id')
    .requiredOption('--adapter <dir>', 'PEFT adapter: folder or hub id')
    .requiredOption('--output <folder>', 'where the merged model goes')
    .action(async (options: MergeCommandOptions) => finish(await merge(context, options)));
}

function addExport(program: Command, context: CliContext, finish: Finish): void {
  withBackend(
    command(
      program,
      'export',
      'a model, or an adapter on one, in the form that another tool loads',
    ),
  )
    .requiredOption('--to <name>', 'the tool: an installed exporter such as vllm or gguf')
    .requiredOption('--model <folder>', 'model folder or hub id')
    .option('--adapter <dir>', 'export this PEFT adapter for the model: folder or hub id')
    .option(
      '--type <type>',
      'how floats are stored, such as f16, bf16, q8_0 (default: as they are)',
    )
    .requiredOption('--output <path>', 'where it goes: a folder, or a .gguf file')
    .action(async (options: ExportCommandOptions) => finish(await exportCommand(context, options)));
}

function addHub(program: Command, context: CliContext, finish: Finish): void {
  command(program, 'push', 'a fine-tuned model or adapter to the hub, with a model card of its run')
    .requiredOption('--folder <dir>', 'what a run, merge or export wrote')
    .requiredOption('--repo <owner/name>', 'repository on the hub; made where it does not exist')
    .option('--private', 'make a new repository private')
    .option('--revision <branch>', 'branch; made where it does not exist (default: main)')
    .option('--message <text>', 'title of the commit')
    .option('--base <owner/name>', 'what the base model is on the hub, where the run used a folder')
    .option('--with-training-state', 'push a checkpoint with what resuming needs')
    .option('--dry-run', 'show the files and the card, and change nothing')
    .action(async (options: PushCommandOptions) => finish(await push(context, options)));
  command(program, 'download', 'a model or data set from the hub into the cache')
    .argument('<id>', 'id on the hub, such as Qwen/Qwen3-0.6B')
    .option('--revision <name>', 'branch, tag or commit (default: main)')
    .option('--dataset', 'the id is a data set')
    .option('--split <split>', 'of a data set (default: train)')
    .option('--name <configuration>', 'of a data set with several')
    .action(async (id: string, options: DownloadCommandOptions) =>
      finish(await download(context, id, options)),
    );
}

function addInit(program: Command, context: CliContext, finish: Finish): void {
  withColumns(
    command(
      program,
      'init',
      'write a recipe for a model and a file of examples; asks what is not given',
    ),
  )
    .option('--model <folder>', 'model folder or hub id')
    .option('--data <file>', 'examples: JSON lines, CSV, Parquet, text; file, folder or hub id')
    .addOption(
      new Option(
        '--method <method>',
        'what to train (default: all weights where they fit)',
      ).choices(Object.keys(METHODS)),
    )
    .option('--epochs <n>', 'passes over the data (default: 3)', wholeNumber(1))
    .option('--output <folder>', 'where the result of training goes (default: out)')
    .option('--recipe <file>', 'the file to write', 'recipe.yaml')
    .option('--force', 'write over a recipe that is there already')
    .action(async (options: InitCommandOptions) => finish(await init(context, options)));
}

function addDoctor(program: Command, context: CliContext, finish: Finish): void {
  command(
    program,
    'doctor',
    'whether this machine and installation can do the work: versions, memory, libraries, ' +
      'plugins, caches, speed',
  )
    .option(
      '--threads <n>',
      'CPU threads of the speed test (default: one per core)',
      wholeNumber(1),
    )
    .option('--online', 'also ask the hub, over the network')
    .action(async (options: Omit<DoctorCommandOptions, 'version'>) =>
      finish(await doctor(context, { ...options, version: version() })),
    );
}

function addPlugins(program: Command, context: CliContext, finish: Finish): void {
  command(
    program,
    'plugins',
    'installed plugins, what they provide, and what could be installed',
  ).action(async (options: CommonOptions) => finish(await plugins(context, options)));
}

function addSchema(program: Command, context: CliContext, finish: Finish): void {
  command(program, 'schema', 'the JSON Schema of recipes, for editors')
    .option('--output <file>', 'where it goes (default: stdout)')
    .action(async (options: SchemaCommandOptions) => finish(await schema(context, options)));
}

function addCompletion(program: Command, context: CliContext, finish: Finish): void {
  command(program, 'completion', 'the script that completes commands, options and files in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell, options: CommonOptions) =>
      finish(completion(context, program, shell, options)),
    );
}

/** The whole grammar, writing to the context's streams. */
export function createProgram(context: CliContext, finish: Finish): Command {
  const program = new Command('automodel')
    .description('Fine-tune any Hugging Face model from TypeScript')
    .version(version())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.streams.out.write(text),
      writeErr: (text) => context.streams.err.write(text),
      outputError: (text, write) => write(`${text.trimEnd().replaceAll('\n', ' ')}\n`),
      getOutHasColors: () => context.streams.color,
      getErrHasColors: () => context.streams.color,
    })
    .showSuggestionAfterError();
  addInit(program, context, finish);
  addFinetune(program, context, finish);
  addCheck(program, context, finish);
  addPlan(program, context, finish);
  addEvaluate(program, context, finish);
  addChat(program, context, finish);
  addGenerate(program, context, finish);
  addMerge(program, context, finish);
  addExport(program, context, finish);
  addHub(program, context, finish);
  addVerify(program, context, finish);
  addBench(program, context, finish);
  addDoctor(program, context, finish);
  addPlugins(program, context, finish);
  addSchema(program, context, finish);
  addCompletion(program, context, finish);
  addHelp(program);
  for (const sub of program.commands) sub.exitOverride().copyInheritedSettings(program);
  return program;
}

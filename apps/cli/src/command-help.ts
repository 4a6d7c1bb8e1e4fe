// What `--help` says besides the options: the group of each command, and examples that can be typed
// as they stand. docs/command-line.md and the tests read the same table.
import type { Command } from 'commander';
import { EXIT_CODES } from './exit-code.js';

export interface CommandHelp {
  readonly group: string;
  /** Each a command line, without `automodel`. */
  readonly examples: readonly string[];
  /** What a reader has to know besides the options. */
  readonly note?: string;
}

const [START, TRAIN, USE, SHARE, INSPECT] = [
  'Getting started:',
  'Training:',
  'Using a model:',
  'Taking it elsewhere:',
  'Looking closer:',
];

export const COMMAND_HELP: Readonly<Record<string, CommandHelp>> = {
  init: {
    group: START!,
    examples: [
      'init',
      'init --model ./my-model --data train.jsonl --output out --method lora',
      'init --model ./my-model --data tickets.csv --columns request,reply',
    ],
  },
  check: {
    group: START!,
    examples: ['check recipe.yaml', 'check recipe.yaml --rows 5 --html check.html'],
  },
  doctor: {
    group: START!,
    examples: ['doctor', 'doctor --json'],
    note: 'Nothing is sent over the network unless --online is given. Exit code 1: something fails.',
  },
  plugins: { group: START!, examples: ['plugins', 'plugins --json'] },
  finetune: {
    group: TRAIN!,
    examples: [
      'finetune recipe.yaml',
      'finetune recipe.yaml --optimizer.lr 5e-5',
      'finetune --model ./my-model --data train.jsonl --output out',
      'finetune recipe.yaml --resume latest',
    ],
  },
  plan: {
    group: TRAIN!,
    examples: ['plan recipe.yaml', 'plan --model ./my-model --seq 2048 --batch 2'],
  },
  evaluate: {
    group: TRAIN!,
    examples: [
      'evaluate --model out --data test.jsonl',
      'evaluate --model ./my-model --adapter out --data tickets.csv --columns request,reply',
    ],
  },
  chat: {
    group: USE!,
    examples: [
      'chat --model out',
      'chat --model ./my-model --adapter out --temperature 0.7',
      "printf 'Hello\\n/save chat.json\\n' | automodel chat --model out",
    ],
    note:
      'At the prompt: /reset forgets the chat, /undo its last turn, /system TEXT sets the ' +
      'system message, /save FILE writes the messages as a row to train on, /exit ' +
      'leaves.\nCtrl-C stops an answer; at the prompt, twice leaves. Without a terminal each ' +
      'line of stdin is a turn.',
  },
  generate: {
    group: USE!,
    examples: [
      'generate --model out --prompt "Set a timer for ten minutes"',
      'generate --model out --raw --prompt "Once upon a time" --temperature 0.8',
    ],
    note:
      'With --raw only the continuation is printed, without the prompt and without a line end, ' +
      'so that it can be appended to it.',
  },
  merge: { group: SHARE!, examples: ['merge --model ./my-model --adapter out --output merged'] },
  export: {
    group: SHARE!,
    examples: [
      'export --to gguf --type q8_0 --model out --output out.gguf',
      'export --to vllm --model out --output out-vllm',
    ],
  },
  push: {
    group: SHARE!,
    examples: [
      'push --folder out --repo me/my-model --private',
      'push --folder out --repo me/my-model --dry-run',
    ],
    note:
      'Needs a token with write access in HF_TOKEN. A README.md that a person wrote is never ' +
      'replaced.',
  },
  download: {
    group: SHARE!,
    examples: ['download Qwen/Qwen3-0.6B', 'download rajpurkar/squad --dataset --split validation'],
    note:
      'Other commands fetch what they need in the same way. HF_HOME, HF_TOKEN, HF_ENDPOINT and ' +
      'HF_HUB_OFFLINE are honoured.',
  },
  verify: {
    group: INSPECT!,
    examples: ['verify ./my-model --reference expected.safetensors', 'verify --ops goldens/ops'],
  },
  bench: {
    group: INSPECT!,
    examples: [
      'bench ./my-model --dtype bf16 --batch 4 --seq 512',
      'bench ./my-model --lora 16 --quantization nf4',
    ],
  },
  schema: {
    group: INSPECT!,
    examples: ['schema --output recipe.schema.json'],
    note:
      'Editors with a YAML language server read it from the first line of a recipe:\n  # ' +
      'yaml-language-server: $schema=recipe.schema.json',
  },
  completion: {
    group: INSPECT!,
    examples: [
      'completion bash > ~/.local/share/bash-completion/completions/automodel',
      'completion zsh > ~/.zfunc/_automodel',
      'completion fish > ~/.config/fish/completions/automodel.fish',
    ],
  },
};

const commandLine = (example: string): string =>
  example.includes('| automodel') ? example : `automodel ${example}`;

/** Adds groups, examples and exit codes to the help of a whole program. */
export function addHelp(program: Command): void {
  for (const sub of program.commands) {
    const help = COMMAND_HELP[sub.name()];
    if (help === undefined) continue;
    sub.helpGroup(help.group);
    if (help.note !== undefined) sub.addHelpText('after', `\n${help.note}`);
    if (help.examples.length > 0)
      sub.addHelpText(
        'after',
        `\nExamples:\n${help.examples.map((example) => `  ${commandLine(example)}`).join('\n')}`,
      );
  }
  const width = Math.max(...EXIT_CODES.map(([code]) => code.length));
  const codes = EXIT_CODES.map(([code, meaning]) => `  ${code.padEnd(width)}  ${meaning}`).join(
    '\n',
  );
  program.addHelpText(
    'after',
    `
Exit codes:
${codes}

Start with: automodel init, automodel check recipe.yaml, automodel finetune recipe.yaml, automodel chat --model out
automodel COMMAND --help shows a command with examples.`,
  );
}

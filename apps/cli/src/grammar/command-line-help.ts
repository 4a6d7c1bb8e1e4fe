// What `automodel --help` says besides the commands: exit codes, and where to start.
import type { Command } from 'commander';
import { EXIT_CODES } from '../exit-code.js';

/** Adds it to the help of `commandLine`. */
export function addCommandLineHelp(commandLine: Command): void {
  const width = Math.max(...EXIT_CODES.map(([code]) => code.length));
  const codes = EXIT_CODES.map(([code, meaning]) => `  ${code.padEnd(width)}  ${meaning}`);
  const text = `
Exit codes:
${codes.join('\n')}

Start with: automodel init, automodel check recipe.yaml, automodel finetune recipe.yaml,
automodel chat --model out
automodel COMMAND --help shows a command with examples.`;
  commandLine.addHelpText('after', text);
}

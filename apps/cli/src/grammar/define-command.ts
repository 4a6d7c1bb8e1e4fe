// A command: what `declarations/` says of it, and the file of `commands/` that does its work, which
// is loaded when it runs and not before.
import type { Command } from 'commander';
import type { CommandContext } from '../cli-context.js';
import { onRanks } from '../ranks/on-ranks.js';
import type { CommandDeclaration, CommandOptions, RunCommand } from './declare-command.js';
import { takesOverrides, type OptionSpecs } from './option.js';
import { commonOptions, ranksOption } from './shared-options.js';

/** A command with this very option is for one process or for several. */
const OF_RANKS = 'nprocPerNode' satisfies keyof typeof ranksOption;

/** A command that can be added to a command line. */
export interface CliCommand {
  /** Adds the command to `parent`, with its options and help. */
  declare(parent: Command): Command;
  /** Runs with what commander read into `declared`; returns the exit code. */
  run(context: CommandContext, declared: Command): Promise<number>;
}

const RECIPE_NOTE = `
Everything after RECIPE that is not an option above overrides a key of the recipe:
--optimizer.lr 1e-4, --step_scheduler.max_steps=100.`;

const commandLine = (example: string): string =>
  example.includes('| automodel') ? `  ${example}` : `  automodel ${example}`;

export function defineCommand<Specs extends OptionSpecs, Value = undefined>(
  declaration: CommandDeclaration<Specs, Value>,
  load: () => Promise<{ readonly run: RunCommand<Specs, Value> }>,
): CliCommand {
  const { name, description, group, examples, note, isDefault = false, argument } = declaration;
  const specs = { ...commonOptions, ...declaration.options };
  return {
    declare(parent) {
      const command = parent.command(name, { isDefault }).description(description);
      if (argument !== undefined) command.addArgument(argument.grammar);
      for (const { grammar } of Object.values(specs)) command.addOption(grammar);
      if (takesOverrides(argument?.grammar))
        command.allowUnknownOption().addHelpText('after', RECIPE_NOTE);
      if (note !== undefined) command.addHelpText('after', `\n${note}`);
      const lines = examples.map(commandLine).join('\n');
      return command.helpGroup(`${group}:`).addHelpText('after', `\nExamples:\n${lines}`);
    },
    async run(context, declared) {
      const read = declared.opts();
      const entries = Object.entries(specs).flatMap(([key, { grammar }]) => {
        const value: unknown = read[grammar.attributeName()];
        return value === undefined ? [] : [[key, value] as const];
      });
      const options = Object.fromEntries(entries) as CommandOptions<Specs>;
      const argumentOf = declared.processedArgs[0] as Value;
      const body = async (inner: CommandContext): Promise<number> =>
        await (await load()).run(inner, options, argumentOf);
      const isForRanks = Object.values(specs).includes(ranksOption[OF_RANKS]);
      if (!isForRanks) return await body(context);
      return await onRanks(context, declared.getOptionValue(OF_RANKS) as number | undefined, body);
    },
  };
}

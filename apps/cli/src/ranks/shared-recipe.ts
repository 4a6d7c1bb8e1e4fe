// The recipe of a run that processes share. Where it was chosen by looking at model, data and
// machine, each may have chosen something else: all of them take what the first one has chosen.
import type { HostGroup } from '@automodel/contracts';
import { compareRanks } from '@automodel/distributed';
import type { ParsedRecipe } from '@automodel/recipe';
import type { ChosenRecipe } from '@automodel/run';

/** `words`: those of the command. Errors: `conflict` if they differ where a recipe is chosen. */
export async function sharedRecipe(
  { recipe, chosen }: ChosenRecipe,
  words: readonly string[],
  host: HostGroup | undefined,
): Promise<ParsedRecipe> {
  if (host === undefined) return recipe;
  const isChosen = (await host.sum([chosen === undefined ? 0 : 1]))[0]! > 0;
  if (!isChosen) return recipe;
  await compareRanks(host, { 'the command': words.join(' ') });
  const [first = ''] = await host.exchange(host.rank === 0 ? JSON.stringify(recipe) : '');
  return JSON.parse(first) as ParsedRecipe;
}

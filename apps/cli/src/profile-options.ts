// The options of a profile, as two commands take them: checked before anything begins, for every
// process that will write a file.
import { AutomodelError } from '@automodel/core';
import { profilePath, type ProfileOptions } from '@automodel/run';
import { checkNewFile } from './check-new-file.js';
import type { CommandContext } from './cli-context.js';
import type { profileOptions } from './grammar/shared-options.js';
import type { OptionsOf } from './grammar/option.js';

/**
 * Undefined: nothing is profiled. Errors: `bad-argument` for options without `--profile`; those of
 * `checkNewFile`.
 */
export async function profileFrom(
  context: CommandContext,
  {
    profile: file,
    profileWarmup: warmup,
    profileActive: active,
    force,
  }: OptionsOf<typeof profileOptions>,
): Promise<ProfileOptions | undefined> {
  if (file === undefined) {
    const other = Object.entries({
      '--profile-warmup': warmup,
      '--profile-active': active,
      '--force': force,
    }).find(([, value]) => value !== undefined);
    if (other === undefined) return undefined;
    throw new AutomodelError('bad-argument', `${other[0]} is for a profile: give --profile too`);
  }
  for (let rank = 0; rank < (context.processCount ?? 1); rank++)
    await checkNewFile(context, { file: profilePath(file, rank), option: '--profile', force });
  return { file, warmup, active };
}

// Which part of a run a kill interrupted, for the summary of the kill test.

/** What a kill interrupted, by the file it was at. */
export function phaseOf(text, atOperation) {
  const [, name, path] = /killed at (\w+) (.*)/.exec(text) ?? [];
  if (!atOperation || name === undefined) return 'any moment';
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (/\.removing-/.test(path)) return 'retention';
  if (/\.saving(\/|\.tmp|$)/.test(path) && !/report/.test(path)) return 'saving the result';
  if (/LATEST|LOWEST_VAL/.test(file)) return 'linking';
  if (name === 'rename' && /^epoch_\d+_step_\d+$/.test(file)) return 'publishing';
  if (/\.tmp-/.test(path)) return 'saving a checkpoint';
  if (name === 'rename' && !/report/.test(file)) return 'moving the result';
  return `${file.replace(/\.saving$/, '')}`;
}

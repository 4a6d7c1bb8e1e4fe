// Every folder that carries a checkpoint's name must be whole, whatever was killed.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const CHECKPOINT = /^epoch_\d+_step_\d+$/;
/** What a run leaves only while it is writing, and an ended one may leave to its next start. */
const UNFINISHED = /^\.ending|\.tmp-|\.removing-|\.new-|\.saving|^\.lock-.*(sock|new)$/;

/** `files`: those of the model or the adapter. Calls `fail` with what is missing. */
export function checkVisible(output, files, fail) {
  for (const name of existsSync(output) ? readdirSync(output) : []) {
    if (!CHECKPOINT.test(name)) continue;
    for (const file of [
      ...files,
      'losses.json',
      'config.yaml',
      'training_state/state.json',
      'training_state/optimizer.safetensors',
    ]) {
      const path = join(output, name, file);
      if (!existsSync(path) || statSync(path).size === 0)
        fail(`${path} is missing: the checkpoint is visible but not whole`);
      if (path.endsWith('.safetensors')) checkSafetensors(path, fail);
    }
  }
}

/** The header's last byte range must end where the file ends. */
function checkSafetensors(path, fail) {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const end = Math.max(
    0,
    ...Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([, { data_offsets }]) => data_offsets[1]),
  );
  if (8 + length + end !== bytes.length) fail(`${path} is truncated`);
}

/** A run that has come to its end leaves nothing unfinished. */
export function checkNothingLeft(output, fail) {
  const left = readdirSync(output).filter((name) => UNFINISHED.test(name));
  if (left.length > 0) fail(`${output}: left over: ${left.join(', ')}`);
}

/**
 * The tensors below a folder, if it is there: of its result and of its checkpoints, by their paths;
 * not again under the names of links, and not those that were being written.
 */
export const tensorFiles = (folder) =>
  (existsSync(folder) ? readdirSync(folder, { recursive: true }) : [])
    .filter((name) => name.endsWith('.safetensors') && !/^(LATEST|LOWEST_VAL|\.)|\.tmp-/.test(name))
    .sort();

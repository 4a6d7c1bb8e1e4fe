// Where a run goes and who asks: the recipe's section, and the variables that W&B's own client
// knows. Only `apiKey` is secret.
import type { TrackedRun } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

export interface WandbSettings {
  readonly mode: 'online' | 'offline' | 'disabled';
  /** Without credentials and without a slash at the end. */
  readonly baseUrl: string;
  /** Empty unless the mode is online. */
  readonly apiKey: string;
  readonly project: string;
  readonly entity: string | null;
  readonly name: string | null;
  readonly group: string | null;
  readonly jobType: string | null;
  readonly notes: string | null;
  readonly tags: readonly string[];
  readonly directory: string | undefined;
}

const DEFAULT_URL = 'https://api.wandb.ai';
const MODES: readonly string[] = ['online', 'offline', 'disabled'];

/** Errors: `bad-recipe` for a mode, an address or an API key that cannot be used. */
export function wandbSettings(
  options: Readonly<Record<string, unknown>>,
  variables: TrackedRun['variables'],
): WandbSettings {
  const text = (key: string, variable?: string): string | null => {
    const value = options[key] ?? (variable === undefined ? undefined : variables[variable]);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const mode = text('mode', 'WANDB_MODE') ?? 'online';
  if (!MODES.includes(mode))
    throw new AutomodelError(
      'bad-recipe',
      `wandb.mode ${JSON.stringify(mode)} is not one of ${MODES.join(', ')}`,
    );
  const given = text('base_url', 'WANDB_BASE_URL') ?? DEFAULT_URL;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new AutomodelError('bad-recipe', 'wandb.base_url is not an http or https address');
  const apiKey = variables['WANDB_API_KEY'] ?? '';
  if (mode === 'online' && apiKey === '')
    throw new AutomodelError('bad-recipe', 'wandb needs an API key: set WANDB_API_KEY', {
      hint: 'or write the run to disk with wandb.mode offline',
    });
  return {
    mode: mode as WandbSettings['mode'],
    baseUrl: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    apiKey: mode === 'online' ? apiKey : '',
    project: text('project', 'WANDB_PROJECT') ?? 'uncategorized',
    entity: text('entity', 'WANDB_ENTITY'),
    name: text('name', 'WANDB_NAME'),
    group: text('group', 'WANDB_RUN_GROUP'),
    jobType: text('job_type', 'WANDB_JOB_TYPE'),
    notes: text('notes', 'WANDB_NOTES'),
    tags: Array.isArray(options['tags']) ? options['tags'].map(String) : [],
    directory: text('dir', 'WANDB_DIR') ?? undefined,
  };
}

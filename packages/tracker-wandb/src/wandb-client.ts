// Requests to a W&B server as its public client makes them (recorded from wandb 0.31): GraphQL for
// the run, and the file stream for its history. `network` errors may be temporary, others are not.
import { AutomodelError } from '@automodel/core';
import type { WandbSettings } from './wandb-settings.js';

const TIMEOUT_MS = 30_000;

const UPSERT = `mutation UpsertBucket(
  $name: String, $project: String, $entity: String, $groupName: String, $displayName: String,
  $notes: String, $config: JSONString, $host: String, $program: String, $jobType: String,
  $tags: [String!]
) {
  upsertBucket(input: {
    name: $name, modelName: $project, entityName: $entity, groupName: $groupName,
    displayName: $displayName, notes: $notes, config: $config, host: $host,
    jobProgram: $program, jobType: $jobType, tags: $tags
  }) {
    bucket { id name displayName project { name entity { name } } }
    inserted
  }
}`;

/** A run as the server named it. */
export interface WandbRun {
  readonly id: string;
  readonly project: string;
  readonly entity: string;
}

export interface UpsertVariables {
  readonly name: string;
  readonly displayName: string;
  /** JSON of `{ key: { value } }`. */
  readonly config: string;
  readonly host: string;
}

/** One part of the file stream: lines at their place in a file. */
export type StreamFiles = Readonly<
  Record<string, { readonly offset: number; readonly content: readonly string[] }>
>;

export class WandbClient {
  readonly #settings: WandbSettings;
  readonly #signal: AbortSignal;

  /** `signal` ends requests that are under way. */
  constructor(settings: WandbSettings, signal: AbortSignal) {
    this.#settings = settings;
    this.#signal = signal;
  }

  async createRun(variables: UpsertVariables): Promise<WandbRun> {
    const { project, entity, group: groupName, jobType, notes, tags } = this.#settings;
    const answer = await this.#post('graphql', {
      query: UPSERT,
      operationName: 'UpsertBucket',
      variables: {
        ...variables,
        project,
        entity,
        groupName,
        jobType,
        notes,
        tags,
        program: 'automodel',
      },
    });
    const [problem] = (answer['errors'] ?? []) as readonly { readonly message?: string }[];
    const bucket = (
      answer['data'] as
        | {
            readonly upsertBucket?: {
              readonly bucket?: {
                readonly name: string;
                readonly project: {
                  readonly name: string;
                  readonly entity: { readonly name: string };
                };
              };
            };
          }
        | undefined
    )?.upsertBucket?.bucket;
    if (problem !== undefined || bucket === undefined)
      throw new AutomodelError(
        'bad-config',
        `${this.#settings.baseUrl} does not make the ` +
          `run${problem?.message === undefined ? '' : `: ${problem.message.slice(0, 300)}`}`,
      );
    return { id: bucket.name, project: bucket.project.name, entity: bucket.project.entity.name };
  }

  /** `end`: the run is over, with this exit code. */
  async stream(
    { entity, project, id }: WandbRun,
    files: StreamFiles,
    end?: { readonly exitcode: number },
  ): Promise<void> {
    await this.#post(
      `files/${[entity, project, id].map(encodeURIComponent).join('/')}/file_stream`,
      { files, ...(end === undefined ? {} : { complete: true, ...end }) },
    );
  }

  async #post(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const { baseUrl, apiKey } = this.#settings;
    const headers = {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`,
    };
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${baseUrl}/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      text = await response.text();
    } catch (cause) {
      const { message, cause: inner } = cause as Error;
      throw new AutomodelError(
        'network',
        `${baseUrl} cannot be reached (${inner instanceof Error ? inner.message : message})`,
        { cause },
      );
    }
    const answers = `${baseUrl} answers ${path.replace(/^.*\//, '')}`;
    checkStatus(response.status, baseUrl, answers);
    try {
      return (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
    } catch (cause) {
      throw new AutomodelError(
        'bad-config',
        `${answers} with something that is not JSON: is it a W&B server?`,
        { cause },
      );
    }
  }
}

function checkStatus(status: number, baseUrl: string, answers: string): void {
  if (status >= 200 && status < 300) return;
  if (status === 401 || status === 403)
    throw new AutomodelError(
      'bad-config',
      `${baseUrl} refuses the API key (${status}): check WANDB_API_KEY, wandb.entity and ` +
        'wandb.base_url',
    );
  throw new AutomodelError(
    status >= 500 || status === 429 ? 'network' : 'bad-config',
    `${answers} with ${status}`,
  );
}

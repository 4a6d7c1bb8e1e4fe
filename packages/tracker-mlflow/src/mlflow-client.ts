// Requests of MLflow's REST API 2.0 (https://mlflow.org/docs/latest/rest-api.html) and what its
// errors mean: `network` errors may be temporary, others are not.
import { AutomodelError } from '@automodel/core';
import type { MlflowConnection } from './mlflow-connection.js';

const TIMEOUT_MS = 30_000;

type Answer = Readonly<Record<string, unknown>>;

export class MlflowClient {
  readonly #connection: MlflowConnection;
  readonly #signal: AbortSignal;

  /** `signal` ends requests that are under way. */
  constructor(connection: MlflowConnection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  post(path: string, body: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.#request(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  /** Undefined when the server does not have it. */
  async find(path: string, query: Readonly<Record<string, string>>): Promise<Answer | undefined> {
    try {
      return await this.#request(`${path}?${new URLSearchParams(query).toString()}`, {});
    } catch (error) {
      if (error instanceof AutomodelError && error.code === 'missing-file') return undefined;
      throw error;
    }
  }

  async #request(path: string, init: RequestInit): Promise<Answer> {
    const { address, headers } = this.#connection;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${address}/api/2.0/mlflow/${path}`, {
        ...init,
        redirect: 'error',
        headers: { ...init.headers, ...headers },
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      text = await response.text();
    } catch (cause) {
      const { message, cause: inner } = cause as Error;
      throw new AutomodelError(
        'network',
        `${address} cannot be reached (${inner instanceof Error ? inner.message : message})`,
        { cause },
      );
    }
    const answer = parsed(text);
    if (response.ok && answer !== undefined) return answer;
    throw refusal(`${address} answers ${path.replace(/\?.*$/, '')}`, response.status, answer);
  }
}

function refusal(who: string, status: number, answer: Answer | undefined): AutomodelError {
  const { error_code: code, message } = answer ?? {};
  const passes = status >= 500 || status === 429;
  const other = passes ? 'network' : 'bad-config';
  const said = [code, message].filter((part) => typeof part === 'string').join(': ');
  return new AutomodelError(
    code === 'RESOURCE_DOES_NOT_EXIST' ? 'missing-file' : other,
    `${who} with ${[status, ...(said === '' ? [] : [said.slice(0, 300)])].join(', ')}`,
  );
}

function parsed(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

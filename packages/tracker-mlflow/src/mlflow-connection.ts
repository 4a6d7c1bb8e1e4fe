// Where the tracking server is and who asks: the recipe's address or MLFLOW_TRACKING_URI, and
// MLflow's own variables for credentials. Only `headers` holds anything secret.
import type { TrackedRun } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

export interface MlflowConnection {
  /** Without credentials and without a slash at the end. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function authorization(variables: TrackedRun['variables'], url: URL): string | undefined {
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  } = variables;
  if (user !== undefined && password !== undefined) return basic(user, password);
  if (token !== undefined) return `Bearer ${token}`;
  return url.username === ''
    ? undefined
    : basic(decodeURIComponent(url.username), decodeURIComponent(url.password));
}

/** Errors: `bad-recipe` without an address, or for one that is not a server's. */
export function connectionOf(
  options: Readonly<Record<string, unknown>>,
  variables: TrackedRun['variables'],
): MlflowConnection {
  const given = options['tracking_uri'] ?? variables['MLFLOW_TRACKING_URI'];
  const hint = 'start one with `mlflow server`, and name it as http://localhost:5000';
  if (typeof given !== 'string' || given === '')
    throw new AutomodelError(
      'bad-recipe',
      'mlflow.tracking_uri is missing, and MLFLOW_TRACKING_URI is not set: MLflow needs the ' +
        'address of a tracking server',
      { hint },
    );
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new AutomodelError(
      'bad-recipe',
      `mlflow.tracking_uri ${url === undefined ? JSON.stringify(given) : url.protocol} is not ` +
        'the http or https address of a tracking server',
      { hint },
    );
  const secret = authorization(variables, url);
  return {
    address: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    headers: secret === undefined ? {} : { authorization: secret },
  };
}

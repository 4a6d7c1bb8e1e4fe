// A repository of the hub: what it is called, where its pages and files are, and the name of its
// folder in the cache.

export type RepositoryType = 'model' | 'dataset';

export interface Repository {
  readonly type: RepositoryType;
  /** `owner/name` or `name`. */
  readonly id: string;
}

const HUB_ID = /^(?:[\w-][\w.-]*\/)?[\w-][\w.-]*$/;

/** Whether `text` can be the id of a repository. */
export const isHubId = (text: string): boolean =>
  HUB_ID.test(text) &&
  text.length <= 96 &&
  !text.includes('--') &&
  !text.includes('..') &&
  !/\.git$/.test(text);

/** `model org/name` or `data set org/name`. */
export const nameOf = ({ type, id }: Repository): string =>
  `${type === 'model' ? 'model' : 'data set'} ${id}`;

const prefixOf = ({ type }: Repository): string => (type === 'model' ? '' : 'datasets/');

/** The page for people. */
export const pageOf = (endpoint: string, repository: Repository): string =>
  `${endpoint}/${prefixOf(repository)}${repository.id}`;

/** What describes a revision as JSON. */
export const revisionUrl = (endpoint: string, { type, id }: Repository, revision: string): string =>
  `${endpoint}/api/${type}s/${id}/revision/${encodeURIComponent(revision)}`;

/** The bytes of one file. */
export const fileUrl = (
  endpoint: string,
  repository: Repository,
  revision: string,
  path: string,
): string => {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${pageOf(endpoint, repository)}/resolve/${encodeURIComponent(revision)}/${encoded}`;
};

/** `models--org--name`. */
export const folderName = ({ type, id }: Repository): string =>
  [`${type}s`, ...id.split('/')].join('--');

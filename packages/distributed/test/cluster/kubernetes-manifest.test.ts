import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  KUBERNETES_KINDS,
  kubernetesManifest,
  type KubernetesJob,
  type KubernetesKind,
} from '../../src/index.js';

const job: KubernetesJob = {
  name: 'tickets',
  nodes: 2,
  processes: 4,
  command: ['automodel', 'finetune', '/etc/automodel/recipe/recipe.yaml', '--resume', 'auto'],
  image: 'registry.example/finetune:1',
  claim: 'work',
  mountPath: '/shared',
  recipe: 'seed: 1\n',
  secret: '0123456789abcdef',
  maxRestarts: 20,
  graceSeconds: 120,
};

const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictRequired: false });

/** The published definition of a kind, with unknown fields refused. */
const published = Object.fromEntries(
  ['JobSet', 'TrainJob', 'TrainingRuntime'].map((kind) => {
    const path = new URL(`../fixtures/crds/${kind.toLowerCase()}.json`, import.meta.url);
    return [kind, ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object)];
  }),
);

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const documentsOf = (kind: KubernetesKind, changes: Partial<KubernetesJob> = {}): Manifest[] =>
  parseAllDocuments(kubernetesManifest({ ...job, ...changes }, kind)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Manifest;
  });

const find = (documents: readonly Manifest[], kind: string): Manifest =>
  documents.find((document) => document.kind === kind)!;

/** What `document` holds under a key, wherever it stands. */
function under(document: unknown, key: string): unknown[] {
  if (document === null || typeof document !== 'object') return [];
  return Object.entries(document).flatMap(([name, value]) => [
    ...(name === key ? [value as unknown] : []),
    ...under(value, key),
  ]);
}

const sizes: Readonly<Record<string, Partial<KubernetesJob>>> = {
  'what must be given': {},
  'all that can be given': {
    namespace: 'team-1',
    cpus: 8,
    memory: { amount: 64, unit: 'G' },
    gpus: 4,
    user: 1000,
  },
};

describe.each(KUBERNETES_KINDS)('%s', (kind) => {
  test.each(Object.keys(sizes))('is valid by the published definitions with %s', (name) => {
    const checked = documentsOf(kind, sizes[name]).filter(
      (document) => published[document.kind] !== undefined,
    );
    expect(checked.map((document) => document.kind)).toEqual(
      kind === 'jobset' ? ['JobSet'] : ['TrainingRuntime', 'TrainJob'],
    );
    for (const document of checked) {
      const validate = published[document.kind]!;
      expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  test('the definitions refuse a field that they do not know, at any depth', () => {
    const [document] = documentsOf(kind).filter(({ kind: each }) => published[each] !== undefined);
    const [pod] = under(document, 'containers').flat() as Record<string, unknown>[];
    pod!['workingDirectory'] = '/shared';
    expect(published[document!.kind]!(document)).toBe(false);
  });

  test('holds the recipe and the secret, mounted for the user alone', () => {
    const recipe = `# ${'é "\'\\ $(HOME) '.repeat(20)}\nseed: 1\n\n  - x: |\n\ttab\n`;
    const documents = documentsOf(kind, { recipe });
    expect(find(documents, 'ConfigMap')).toMatchObject({
      metadata: { name: 'tickets-recipe' },
      data: { 'recipe.yaml': recipe },
    });
    expect(find(documents, 'Secret')).toMatchObject({
      metadata: { name: 'tickets-rendezvous' },
      stringData: { secret: '0123456789abcdef' },
    });
    expect(under(documents, 'volumes').flat()).toEqual([
      { name: 'work', persistentVolumeClaim: { claimName: 'work' } },
      { name: 'recipe', configMap: { name: 'tickets-recipe' } },
      { name: 'rendezvous', secret: { secretName: 'tickets-rendezvous', defaultMode: 0o400 } },
    ]);
    expect(under(documents, 'env').flat()).toContainEqual({
      name: 'AUTOMODEL_RENDEZVOUS_SECRET_FILE',
      value: '/etc/automodel/rendezvous/secret',
    });
  });

  test('keeps the words of the command, also those that Kubernetes would replace', () => {
    const command = ['it\'s "one"', '$(HOME)', '$$', '- x: y', 'null', '1e3'];
    expect(under(documentsOf(kind, { command }), 'command')).toEqual([
      ['it\'s "one"', '$$(HOME)', '$$$$', '- x: y', 'null', '1e3'],
    ]);
  });

  test('asks for what all processes of a node need', () => {
    const amounts = { cpu: '32', memory: '64Gi', 'nvidia.com/gpu': '4' };
    expect(under(documentsOf(kind, sizes['all that can be given']), 'resources')).toEqual([
      { requests: amounts, limits: amounts },
    ]);
  });

  test('starts again from the last checkpoint, but not after a mistake', () => {
    const documents = documentsOf(kind, { maxRestarts: 3, graceSeconds: 77 });
    expect(under(documents, 'failurePolicy')).toMatchObject([
      {
        maxRestarts: 3,
        rules: [{ action: 'FailJobSet', onJobFailureReasons: ['PodFailurePolicy'] }],
      },
    ]);
    expect(under(documents, 'values')).toEqual([[2, 3]]);
    expect(under(documents, 'restartPolicy')).toEqual(['Never']);
    expect(under(documents, 'terminationGracePeriodSeconds')).toEqual([77]);
  });

  test('runs as the user that was asked for, who can read the secret', () => {
    expect(under(documentsOf(kind), 'securityContext')).toEqual([]);
    expect(under(documentsOf(kind, { user: 1000 }), 'securityContext')).toEqual([
      { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
    ]);
  });

  test('everything is in the namespace', () => {
    const documents = documentsOf(kind, { namespace: 'team-1' });
    expect(documents.map(({ metadata }) => metadata.namespace)).toEqual(
      documents.map(() => 'team-1'),
    );
  });

  test.each([
    [{ name: 'My_Run' }, /name "My_Run" is not a valid name/],
    [{ name: '2-runs' }, /begins with a digit/],
    [{ name: 'a'.repeat(48), nodes: 1 }, /at most 48/, false],
    [{ name: 'a'.repeat(48), nodes: 11 }, /is not a valid name/],
    [{ namespace: 'Team' }, /namespace "Team"/],
    [{ claim: 'my claim' }, /claim "my claim"/],
    [{ image: 'a b' }, /image "a b"/],
    [{ mountPath: 'work' }, /"work"/],
  ])('refuses a bad %j', (changes, message, refused = true) => {
    const make = (): string => kubernetesManifest({ ...job, ...changes }, kind);
    if (refused) expect(make).toThrow(message);
    else expect(make).not.toThrow();
  });
});

test('the pods of a JobSet find each other', () => {
  expect(under(documentsOf('jobset'), 'env').flat()).toEqual(
    expect.arrayContaining([
      { name: 'PET_NNODES', value: '2' },
      { name: 'PET_NPROC_PER_NODE', value: '4' },
      {
        name: 'PET_NODE_RANK',
        valueFrom: {
          fieldRef: {
            fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']",
          },
        },
      },
      { name: 'PET_MASTER_ADDR', value: 'tickets-node-0-0.tickets' },
      { name: 'PET_MASTER_PORT', value: '29500' },
    ]),
  );
  expect(find(documentsOf('jobset'), 'JobSet')).toMatchObject({
    spec: {
      network: { enableDNSHostnames: true },
      replicatedJobs: [{ template: { spec: { completions: 2, parallelism: 2 } } }],
    },
  });
});

test('a TrainJob runs the runtime beside it, in which Trainer sets the variables', () => {
  const documents = documentsOf('trainjob');
  expect(find(documents, 'TrainJob')).toMatchObject({
    metadata: { name: 'tickets' },
    spec: {
      runtimeRef: { kind: 'TrainingRuntime', name: 'tickets' },
      trainer: { numNodes: 2, numProcPerNode: 4 },
    },
  });
  expect(find(documents, 'TrainingRuntime').metadata.name).toBe('tickets');
  expect(JSON.stringify(documents)).not.toContain('PET_');
});

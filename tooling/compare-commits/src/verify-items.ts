// Every golden folder through `automodel verify --dump`: logits, losses, gradients, ten-step curves
// and generated tokens, as the model's package, as recorded graph, with its adapter, in bf16.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ListContext, ListItem } from './list-item.js';

function item(
  name: string,
  folder: string,
  threads: number,
  more: readonly string[] = [],
  golden = folder,
): ListItem {
  const words = [
    'verify',
    folder,
    '--reference',
    join(golden, 'golden.safetensors'),
    '--dump',
    'dump.safetensors',
    '--threads',
    String(threads),
    '--json',
    ...more,
  ];
  return { name: `verify/${name}`, commands: [{ words, output: 'report.json' }] };
}

function itemsOf(kind: string, name: string, { goldens, threads }: ListContext): ListItem[] {
  const folder = join(goldens, kind, name);
  const [graph, adapter] = [join(folder, 'graph.json'), join(folder, 'adapter')];
  const path = `${kind}/${name}`;
  return [
    item(path, folder, threads),
    item(`${path}-bf16`, folder, threads, ['--precision', 'bf16']),
    ...(kind === 'models' && existsSync(graph)
      ? [item(`${path}-graph`, folder, threads, ['--graph', graph])]
      : []),
    ...(existsSync(adapter)
      ? [item(`${path}-adapter`, folder, threads, ['--adapter', adapter], adapter)]
      : []),
  ];
}

/** The goldens that are there, and single operations. Errors: no goldens. */
export function verifyItems(context: ListContext): ListItem[] {
  const { goldens, threads } = context;
  const folders = ['models', 'recorded'].flatMap((kind) =>
    readdirSync(join(goldens, kind))
      .sort()
      .map((name) => [kind, name] as const),
  );
  const pure = join(goldens, 'models', 'qwen3');
  const unfused = join(goldens, 'recorded', 'mixtral');
  const ops = [
    'verify',
    '--ops',
    join(goldens, 'ops'),
    '--dump',
    'dump.safetensors',
    '--threads',
    String(threads),
    '--json',
  ];
  return [
    ...folders.flatMap(([kind, name]) => itemsOf(kind, name, context)),
    item('models/qwen3-bf16-pure', pure, threads, ['--precision', 'bf16_pure']),
    item('recorded/mixtral-unfused', unfused, threads, ['--no-fuse']),
    { name: 'verify/ops', commands: [{ words: ops, output: 'report.json' }] },
  ];
}

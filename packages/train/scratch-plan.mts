import { readFileSync } from 'node:fs';
import { compileGraph, resultsOf, type KernelTable } from '@automodel/core';
import { KERNEL_ENCODINGS } from '../cpu-backend/src/kernel-encodings.js';
import { acceptsView } from '../cpu-backend/src/kernel-encoding.js';
import { openRecordedModel } from '../graph-import/src/open-recorded-model.js';
import { microProgram } from './src/programs/micro-program.js';
import llama from '../models-llama/src/index.js'; import qwen from '../models-qwen/src/index.js'; import gemma from '../models-gemma/src/index.js';
const table: Record<string, any> = {};
for (const [op, e] of Object.entries(KERNEL_ENCODINGS) as any) { if (e === 'layout') continue; table[op] = typeof e === 'string' ? 'decompose' : { ...(e.accepts ? { accepts: e.accepts } : {}), acceptsView: (i: number, s: any, t: any) => acceptsView(e, i, s, t) }; }
const root = '/work/main/goldens/';
const all=['models/llama-gqa','models/llama-tied','models/mistral','models/qwen2','models/qwen3','models/gemma2','models/gemma3','recorded/deepseek_v3','recorded/gpt2','recorded/gpt_oss','recorded/lfm2','recorded/mamba2','recorded/mixtral','recorded/opt','recorded/qwen3_next'];
const [which, detail] = process.argv.slice(2);
for (const m of which === 'all' ? all : which!.split(',')) {
  const config = JSON.parse(readFileSync(root + m + '/config.json', 'utf8'));
  const plugin = [llama, qwen, gemma].find((p) => p.modelTypes.includes(config.model_type) && m.startsWith('models/'));
  const recorded = await openRecordedModel(root + m + '/graph.json', { config });
  const cap = { tokens: recorded.rows * recorded.columns, segments: recorded.rows };
  const steps = (model: any, fuse: boolean) => {
    const { graph } = microProgram({ model, compute: 'f32', dtypeOf: () => 'f32', fuse }, cap, () => true);
    return compileGraph(graph, { backend: 'cpu', kernels: table as KernelTable }, fuse ? {} : { disable: ['fuse-elementwise'] }).plan.steps;
  };
  const count = (s: readonly any[]) => { const c: Record<string, number> = {}; for (const x of s) c[x.op] = (c[x.op] ?? 0) + 1; return c; };
  const un = steps(recorded, false), fu = steps(recorded, true), ha = plugin ? steps(plugin.create(config), false) : undefined;
  console.log(m, 'unfused', un.length, 'fused', fu.length, (fu.length / un.length).toFixed(3), 'hand', ha?.length);
  const a = count(fu), b = ha ? count(ha) : count(un);
  for (const k of [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()) if (a[k] !== b[k]) console.log('    ', k, 'fused', a[k] ?? 0, ha ? 'hand' : 'unfused', b[k] ?? 0);
  if (detail) for (const s of fu) if (detail === 'all' || s.op === detail) console.log('  ', s.op, s.inputs.map((i: any) => i === null ? '-' : `[${i.shape}]`).join(' '), '->', s.outputs.map((i: any) => i === null ? '-' : `[${i.shape}]`).join(' '), s.phase, s.scope);
}

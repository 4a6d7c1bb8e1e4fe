import { readFile } from 'node:fs/promises';
import { createCpuBackend } from '@automodel/cpu-backend';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import llama from '@automodel/models-llama'; import qwen from '@automodel/models-qwen'; import gemma from '@automodel/models-gemma';
import { ModelSession, TrainingStep, adamw } from '@automodel/train';
const [dir, dtype, B, S, steps, profile] = [process.argv[2]!, process.argv[3]!, Number(process.argv[4]), Number(process.argv[5]), Number(process.argv[6] ?? 4), process.argv[7]];
const backend = createCpuBackend({ threads: 2 });
const folder = await HuggingFaceFolder.open(dir);
const plugin = [llama, qwen, gemma].find((p) => p.modelTypes.includes(folder.modelType))!;
const model = plugin.create(folder.config);
const session = await ModelSession.load({ backend, model, precision: dtype as any, trainable: () => true }, folder.weights.tensors, folder.path);
const step = new TrainingStep(session, { optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }), maxNorm: 1 });
const T = B * S; let r = 1; const rand = () => (r = (r * 1103515245 + 12345) % 2147483648);
const inputIds = Int32Array.from({ length: T }, () => rand() % model.vocabularySize);
const targets = Int32Array.from({ length: T }, (_, i) => (i % S === S - 1 ? -100 : inputIds[i + 1]!));
const positions = Int32Array.from({ length: T }, (_, i) => i % S);
const segments = new Int32Array(B * 4); for (let b = 0; b < B; b++) segments.set([b * S, S, b * S, S], b * 4);
const n = targets.filter((t) => t >= 0).length;
const t0 = performance.now();
const batch: any = { inputIds, targets, positions, segments, documents: [], rows: T, trainedTokens: n };
for (let i = 1; i <= steps; i++) { const a = performance.now(); await step.micro(batch, { scale: 1 / n, first: true }); const b = performance.now(); const u = await step.update(i, 1e-4, 0.01); const c = performance.now(); console.log(i, 'micro', (b - a).toFixed(0), 'update', (c - b).toFixed(0), 'tok/s', (T / (c - a) * 1000).toFixed(0), 'loss', u.loss.toFixed(4)); }
console.log('rss', process.resourceUsage().maxRSS / 1024 | 0, 'MB');
if (profile) {
  const acc = new Map<string, [number, number]>();
  for (const prog of [step.microProgram({ tokens: T, segments: B }), step.updateProgram()]) { const r = await prog.run(session.buffer, { profile: true }); r.stepNanoseconds!.forEach((t, i) => { const s = prog.plan.steps[i]!; const k = prog.plan.name + ' ' + s.op + ' ' + s.phase + (s.flops > 1e6 && s.op.includes('at') ? '' : ''); const e = acc.get(k) ?? [0, 0, 0]; e[0] += t; e[1]++; (e as any)[2] += s.flops; acc.set(k, e as any); }); }
  for (const [k, [t, c, f]] of [...acc].sort((a, b) => b[1][0] - a[1][0]).slice(0, 30) as any) console.log((t / 1e6).toFixed(1).padStart(9), String(c).padStart(4), (f / t).toFixed(1).padStart(8), 'GFLOP/s', k);
}
await session.close(); await backend.close();

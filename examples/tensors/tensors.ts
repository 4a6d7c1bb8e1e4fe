// A network of two layers learns XOR: a training step is one graph, traced, differentiated and run
// by hand. Then one step runs on the CPU backend, to the same numbers.
import {
  gradients,
  hostTensor,
  numbersOf,
  runReference,
  sigmoid,
  softplus,
  tanh,
  trace,
  type Shape,
  type Tensor,
} from '@automodel/core';
import cpu from '@automodel/cpu-backend';
import { runOnBackend } from '@automodel/recorded';

const SHAPES: Record<string, Shape> = {
  'hidden.weight': [2, 4],
  'hidden.bias': [4],
  'output.weight': [4, 1],
  'output.bias': [1],
};

/** Loss, predictions, gradients, and the parameters after one step of gradient descent. */
const step = trace('xor', (t) => {
  const x = t.input('batch', 'x', [4, 2], 'f32');
  const y = t.input('batch', 'y', [4, 1], 'f32');
  const rate = t.input('scalar', 'rate', [], 'f32');
  const parameters = Object.entries(SHAPES).map(([name, shape]) =>
    t.input('parameter', name, shape, 'f32'),
  );
  const [hiddenWeight, hiddenBias, outputWeight, outputBias] = parameters as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];

  const hidden = tanh(x.matmul(hiddenWeight).add(hiddenBias)); // [4,4]
  const logits = hidden.matmul(outputWeight).add(outputBias); // [4,1]
  const loss = softplus(logits).sub(logits.mul(y)).mean(); // binary cross entropy
  t.output('loss', loss);
  t.output('prediction', sigmoid(logits));

  gradients(loss, parameters).forEach((gradient, i) => {
    const parameter = parameters[i]!;
    t.output(`gradient of ${parameter.value.input!.name}`, gradient!);
    t.assign(parameter, parameter.sub(gradient!.mul(rate)));
  });
});

let feeds = new Map([
  ['x', hostTensor('f32', [4, 2], [0, 0, 0, 1, 1, 0, 1, 1])],
  ['y', hostTensor('f32', [4, 1], [0, 1, 1, 0])],
  ['rate', hostTensor('f32', [], [1])],
  ['hidden.weight', hostTensor('f32', [2, 4], [0.9, -0.7, 0.4, 0.2, -0.8, 0.6, 0.5, -0.3])],
  ['hidden.bias', hostTensor('f32', [4], [0.1, -0.1, 0.2, 0])],
  ['output.weight', hostTensor('f32', [4, 1], [0.5, 0.6, -0.4, 0.3])],
  ['output.bias', hostTensor('f32', [1], [0])],
]);

const backend = cpu.create({});
const onCpu = await runOnBackend(backend)(step, feeds);
await backend.close();
const byDefinition = runReference(step, feeds).outputs;
for (const [name, result] of onCpu) {
  const expected = numbersOf(byDefinition.get(name)!);
  const error = Math.max(...numbersOf(result).map((value, i) => Math.abs(value - expected[i]!)));
  console.log(
    `${name}: largest difference between CPU kernels and definition ` +
      `${error < 1e-6 ? 'below 1e-6' : error}`,
  );
}

for (let i = 0; i <= 200; i++) {
  const { outputs, assigns } = runReference(step, feeds);
  if (i % 50 === 0)
    console.log(`step ${i}: loss ${numbersOf(outputs.get('loss')!)[0]!.toFixed(4)}`);
  if (i === 200)
    console.log(
      `predictions ${numbersOf(outputs.get('prediction')!)
        .map((p) => p.toFixed(2))
        .join(' ')}`,
    );
  feeds = new Map([...feeds, ...assigns]);
}

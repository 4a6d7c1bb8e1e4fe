// Functions of the native library are compared by what they hold: constants, instructions, pairs.
import { expect, test } from 'vitest';
import { constantBytes } from '../src/constant-bytes.js';
import { parseDisassembly, type CompiledFunction } from '../src/disassembly.js';
import { compareFunctions } from '../src/pair-functions.js';

const LIBRARY = `
0000000000001000 <automodel::avx2::scale(float*)>:
    1000:\tmovss  0x1f0(%rip),%xmm0        # 2000 <_fini+0x10>
    1008:\ttest   %rdi,%rdi
    100b:\tje     1014 <automodel::avx2::scale(float*)+0x14>
    100d:\tcall   1040 <automodel::avx2::inner()>
    1012:\tdata16 cs nopw 0x0(%rax,%rax,1)
    1014:\tjmp    13030 <exp2@plt>
    1019:\tnopl   0x0(%rax)
`;
/** The same function at another place, called and padded otherwise. */
const MOVED = `
0000000000005000 <automodel::avx2::scale(float*)>:
    5000:\tmovss  0x7f4(%rip),%xmm0        # 6004 <_fini+0x14>
    5008:\ttest   %rdi,%rdi
    500b:\tje     5020 <automodel::avx2::scale(float*)+0x20>
    5011:\tcall   9000 <automodel::avx2::other_name()>
    5020:\tjmp    23030 <exp2@plt>
`;
const constants =
  (values: Readonly<Record<number, string>>) =>
  (address: number): string | undefined =>
    values[address];
const parse = (text: string, hex = '0000003f'): CompiledFunction[] =>
  parseDisassembly(text, constants({ 0x2000: hex, 0x6004: hex }));

test('a function is the same wherever it lies, and not when one instruction is another', () => {
  expect(parse(LIBRARY)).toEqual([
    {
      name: 'automodel::avx2::scale(float*)',
      instructions: [
        'movss [0000003f],%xmm0',
        'test %rdi,%rdi',
        'je #4',
        'call function',
        'jmp exp2@plt',
      ],
    },
  ]);
  expect(parse(MOVED)).toEqual(parse(LIBRARY));
  expect(compareFunctions(parse(LIBRARY), parse(MOVED), {})).toEqual({ equal: 1, differing: [] });
  for (const [from, to] of [
    ['test   %rdi', 'test   %rsi'],
    ['exp2@plt', 'log2@plt'],
    ['je     5020', 'je     5011'],
  ] as const)
    expect(
      compareFunctions(parse(LIBRARY), parse(MOVED.replace(from, to)), {}).differing,
      to,
    ).toHaveLength(1);
});

test('a constant is compared by its contents', () => {
  expect(compareFunctions(parse(LIBRARY), parse(MOVED, '0000803f'), {})).toEqual({
    equal: 0,
    differing: [
      {
        name: 'automodel::avx2::scale(float*)',
        what: 'instruction 0 of 5: movss [0000003f],%xmm0 became movss [0000803f],%xmm0 of 5',
      },
    ],
  });
});

test.each([
  ['movss 0x1(%rip),%xmm0 # 2', 4],
  ['vmulsd 0x1(%rip),%xmm1,%xmm0 # 2', 8],
  ['vaddps 0x1(%rip),%ymm1,%ymm0 # 2', 32],
  ['vaddps 0x1(%rip){1to16},%zmm1,%zmm0 # 2', 4],
  ['cvtss2sd 0x1(%rip),%xmm0 # 2', 4],
  ['vbroadcastss 0x1(%rip),%zmm0 # 2', 4],
  ['mov 0x1(%rip),%rax # 2', 8],
  ['mov 0x1(%rip),%r8d # 2', 4],
  ['vpmovzxbd 0x1(%rip),%ymm0 # 2', undefined],
  ['lea 0x1(%rip),%rax # 2', undefined],
])('%s reads its bytes', (text, bytes) => expect(constantBytes(text)).toBe(bytes));

test('functions that were renamed, moved or doubled are paired by what they hold', () => {
  const f = (name: string, ...instructions: string[]): CompiledFunction => ({ name, instructions });
  expect(
    compareFunctions(
      [f('old::f', 'ret'), f('g', 'nop', 'ret'), f('g', 'ret')],
      [f('g', 'ret'), f('new::f', 'ret'), f('h', 'nop', 'ret')],
      {},
    ),
  ).toEqual({ equal: 3, differing: [] });
  expect(
    compareFunctions([f('old::f', 'ret'), f('gone', 'hlt')], [f('f', 'int3'), f('added', 'int1')], {
      'old::f': 'f',
    }).differing,
  ).toEqual([
    { name: 'f', what: 'instruction 0 of 1: ret became int3 of 1' },
    { name: 'gone', what: 'not in the head' },
    { name: 'added', what: 'not in the base' },
  ]);
});

// Who knows the secret can prove it for its own side and this exchange, and for nothing else.
import { expect, test } from 'vitest';
import { newNonce, proofOf, proves, type Challenge } from '../../src/wire/proof.js';

const challenge: Challenge = { greeting: newNonce(), introduction: newNonce(), rank: 1, size: 2 };
const proof = proofOf('secret', 'other', challenge);

test('a proof holds for its side and its exchange', () => {
  expect(proves('secret', 'other', challenge, proof)).toBe(true);
});

test.each([
  ['another secret', 'Secret', 'other', challenge, proof],
  ['sent back', 'secret', 'first', challenge, proof],
  ['of another exchange', 'secret', 'other', { ...challenge, greeting: newNonce() }, proof],
  ['of another rank', 'secret', 'other', { ...challenge, rank: 0 }, proof],
  ['nothing', 'secret', 'other', challenge, undefined],
  ['too short', 'secret', 'other', challenge, proof.slice(1)],
] as const)('a proof that is %s is refused', (_, secret, side, given, shown) => {
  expect(proves(secret, side, given, shown)).toBe(false);
});

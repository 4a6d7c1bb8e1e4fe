// Regular expressions that keep a backtracking engine busy, by kinds, each with a text that they
// fail on at the end. Written for Oniguruma, which tokenizers use, and for Python, which PEFT
// uses; both read all of them but for backreferences, which tokenizers refuse.

export interface AdversarialPattern {
  readonly kind: string;
  readonly pattern: string;
  /** What it goes back and forth over. */
  readonly text: string;
}

const SETS = ['a', '[ab]', '\\w', '.', '[^=]', '\\p{L}', '(?:a|b)', '[a-z]'];
const ENDS = ['=', '!', 'b=', '$(?=.)'];
const repeated = (text: string): string => text.repeat(Math.ceil(4000 / text.length));
const of = (kind: string, text: string, patterns: readonly string[]): AdversarialPattern[] =>
  patterns.map((pattern) => ({ kind, pattern, text: repeated(text) }));
const each = (make: (set: string, end: string) => string): string[] =>
  SETS.flatMap((set) => ENDS.map((end) => make(set, end)));

export const ADVERSARIAL_PATTERNS: readonly AdversarialPattern[] = [
  ...of(
    'nested quantifiers',
    'a',
    each((set, end) => `(${set}+)+${end}`),
  ),
  ...of(
    'quantifiers in a row within one',
    'h',
    each((set, end) => `(${set.replaceAll('a', 'h')}+${set.replaceAll('a', 'h')}+)+${end}`),
  ),
  ...of(
    'stars one after the other',
    'a',
    each((set, end) => `${`${set}*`.repeat(8)}${end}`),
  ),
  ...of(
    'anything, many times',
    'abc',
    Array.from({ length: 12 }, (_, i) => `${'.*'.repeat(i + 3)}=`),
  ),
  ...of('alternatives that overlap', 'a', [
    '(a|a)+=',
    '(a|aa)+=',
    '(?:a|ab|aba|a)+=',
    '(\\w|a|\\p{L})+=',
    '(a|[ab]|.)*?=',
    '(?:a|a|a|a)*!',
    '(?:aa|aaa|aaaa)+=',
    '(?:[a-m]|[a-z])+=',
    '(?:\\w+|a)+=',
    '((a|b)+|[ab]+)+=',
    '(?:a?a)+=',
    '(?:aa?)+=',
  ]),
  ...of('looking ahead', 'a', [
    '(?=(a+)+=)a',
    '(?=(.*)+=)a',
    '(?!(a+)+=)b',
    '(?=.*.*.*.*=)a',
    '(?:(?=a+)a+)+=',
    '(?:(?!=)a+)+=',
    '(?:a+(?=a))+=',
    '(?=(?:a|aa)+=).',
    '(?:(?=(a|aa)+)a)+(a+)+=',
    '(?!.*.*.*.*.*=)=',
  ]),
  ...of('looking behind', 'a', [
    '(?<=a)(a+)+=',
    '(?<!b)(?:a+)+=',
    '(?<=a)(?:a*)a*a*a*a*=',
    '\\b(\\w+)+\\b=',
    '(?:\\Ba+)+=',
    '(?<=aa)(?:a|aa)+!',
  ]),
  ...of('repetitions with counts', 'a', [
    '(a{1,20}){1,20}=',
    '(?:a{2,}){2,}=',
    '(?:a{1,3}){1,60}=',
    '(?:(?:a{1,5}){1,5}){1,5}=',
    '(a{0,30}b?){1,30}=',
    '(?:a{1,2}){40,}=',
    '(?:\\w{3,6})+=',
    '(?:a{5}|a{7})+=',
    'a{1,500}a{1,500}a{1,500}=',
    '(?:[ab]{1,9}[bc]{0,9})+=',
    '(?:a{1,1000}){1,1000}=',
    '(?:(?:a{1,500}){1,500}){1,500}=',
  ]),
  ...of('lazy repetitions', 'a', [
    '(a+?)+?=',
    '(?:a*?a)+?=',
    '.*?.*?.*?.*?.*?=',
    '(?:.+?)+?=',
    '(\\w+?\\w*?)+=',
    'a??a??a??a??a??a??(a+?)+=',
    '(?:a+?|b+?)+?!',
    '(?:[^=]+?)*?[^=]+?=',
  ]),
  ...of('optional parts in a row', 'a', [
    `${'a?'.repeat(30)}${'a'.repeat(30)}=`,
    `${'\\w?'.repeat(40)}=`,
    `${'[ab]?'.repeat(50)}!`,
    `(?:${'a?'.repeat(10)})+b`.replace('+b', '{1,9}b'),
    `${'(?:a|)'.repeat(30)}=`,
    `${'(?:ab?)?'.repeat(25)}=`,
  ]),
  ...of('classes of Unicode', 'é', [
    '(\\p{L}+)+=',
    '(?:\\p{Ll}|\\p{L})+=',
    '(\\p{L}*\\p{Ll}*)+?=',
    '(?:[\\p{L}\\p{N}]+)+=',
    '(?:[^\\p{N}]+)+=',
    '\\p{L}*\\p{L}*\\p{L}*\\p{L}*\\p{L}*=',
    '(?:\\p{L}\\p{M}*|\\p{L})+=',
    '(?:é|\\p{Ll})+=',
  ]),
  ...of('white space', ' ', [
    '(\\s+)+=',
    '\\s*\\s*\\s*\\s*\\s*=',
    '(?:\\s|\\n| )+=',
    '(?: +)+$(?=.)',
    '(?:\\s*\\s)+=',
    '\\s+\\s+\\s+\\s+(?=x)',
  ]),
  ...of('words of a sentence', 'ab ', [
    '(\\w+\\s?)+=',
    '(?:\\w+ ?)*=',
    '(?:[a-z]+ *)+!',
    '(?:.* )+=',
    '(?:\\w+\\s*\\w*)+=',
    '(?:[^ ]* ?)+?=',
    '(?:(?:ab)+ ?)+=',
    '^(?:(?:\\w+)\\s?)+=$',
  ]),
  ...of('numbers and addresses', '1', [
    '(?:\\d+)+x',
    '(?:\\d+\\.?)+x',
    '^(?:\\d+,?)+$(?=.)',
    '(?:[0-9]+[a-f]*)+=',
    '(?:\\d|\\d\\d)+x',
    '([a-z0-9]+[.-]?)+@',
    '(?:\\w+\\.)*\\w+\\w+\\w+@',
    '(?:\\d{1,3}){10,}x',
  ]),
  ...of('deep groups', 'a', [
    `${'('.repeat(20)}a+${')+'.repeat(20)}=`,
    `${'(?:'.repeat(30)}a*a${')*a'.repeat(2)}${')'.repeat(28)}=`,
    `${'(?:a|'.repeat(12)}a${')+'.repeat(12)}=`,
    `${'(?:'.repeat(200)}a${')'.repeat(200)}+=`,
  ]),
  ...of('sets of Unicode by the thousand', 'é', [
    `${'\\p{L}'.repeat(20_000)}=`,
    `${'\\w'.repeat(50_000)}=`,
    `${'\\P{Lu}+'.repeat(5000)}=`,
    `${'[\\p{L}&&[^a-z]&&\\p{Lu}]'.repeat(3000)}=`,
    Array.from({ length: 500 }, () => '\\b'.repeat(20)).join('|'),
    '(?:\\p{L}{1,500}){1,50}=',
  ]),
  ...of('alternatives by the thousand', 'a1', [
    `(?:${Array.from({ length: 100_000 }, (_, i) => `a${i}`).join('|')})+=`,
    `(?:${'aa|'.repeat(10_000)}ab)+=`,
    `(?:${'|'.repeat(10_000)})a=`,
    `${'a?1?|'.repeat(3000)}=`,
    `${'(?:a|'.repeat(3000)}a${')'.repeat(3000)}=`,
  ]),
  ...of('groups by the thousand', 'a', [
    `${'(a)'.repeat(33_000)}=`,
    `${'(?:a)'.repeat(15_000)}=`,
    `${'('.repeat(40_000)}a${')'.repeat(40_000)}=`,
    '('.repeat(90_000),
    `${'(?:'.repeat(2000)}a${')+'.repeat(2000)}=`,
    `${'(?=a'.repeat(2000)}${')'.repeat(2000)}=`,
    `${'(?<=a'.repeat(2000)}${')'.repeat(2000)}=`,
    `${'(?>'.repeat(1000)}a+${')'.repeat(1000)}=`,
    `${'['.repeat(20_000)}a${']'.repeat(20_000)}+=`,
  ]),
  ...of('large counts', 'a', [
    '(?:a{1,65535}){1,65535}=',
    '(?:(?:a{1,65535}){1,65535}){1,65535}=',
    'a{1,1000000000}a{99999999999999999999}=',
    '(?:a?){20000}=',
    '(?:(?:(?:(?:a{1,9}){1,9}){1,9}){1,9}){1,9}=',
    `${'(?:'.repeat(15)}a${'){2}'.repeat(15)}=`,
    'a{65535}b',
  ]),
  ...of('long patterns', 'a', ['a'.repeat(1_000_000), `${'.'.repeat(90_000)}=`]),
  ...of('backreferences', 'a', ['(a+)\\1+\\1*=', '(a*)(a*)(a*)\\1\\2\\3=', '(\\w+)\\1(\\w+)\\2=']),
];

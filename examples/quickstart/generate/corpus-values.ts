/**
 * Draws the values of one pretraining document: listed ones, and invented names and words in
 * between, so that copying is learned as such and not word by word.
 */
import { inventedName, inventedWord } from './invented-words.js';
import type { Random } from './random.js';
import { slotValues } from './slot-values.js';
import { currencyPair, durationPhrase, timePhrase } from './time-phrases.js';

/** Values by slot name, for `fill`. */
export type CorpusValues = Readonly<Record<string, string | number>>;

const lists = slotValues('all');
const objects = [
  'lamp',
  'sofa',
  'bottle',
  'basket',
  'bicycle',
  'ladder',
  'guitar',
  'jacket',
  'mirror',
  'blanket',
  'suitcase',
  'kettle',
  'printer',
  'radio',
  'umbrella',
  'wallet',
  'scarf',
  'chair',
  'table',
  'clock',
];
const colors = [
  'red',
  'blue',
  'green',
  'yellow',
  'white',
  'black',
  'brown',
  'orange',
  'silver',
  'purple',
];
const adjectives = [
  'small',
  'large',
  'old',
  'new',
  'quiet',
  'bright',
  'heavy',
  'light',
  'warm',
  'cold',
  'cheap',
  'broken',
  'round',
  'narrow',
];

const listedOrInvented = (
  random: Random,
  list: readonly string[],
  invent: (random: Random) => string,
): string => (random.chance(0.4) ? invent(random) : random.pick(list));

/** Four to nine values of any kind: nothing but copying tells how such a series goes on. */
function series(random: Random, separator: string): string {
  const kinds = [
    lists.people,
    lists.cities,
    lists.items,
    lists.labels,
    lists.music,
    lists.rooms,
    lists.rooms,
    lists.days,
    lists.days,
    objects,
    colors,
  ];
  const draw = (): string => {
    const kind = random.next();
    if (kind < 0.15) return String(random.integer(2, 999));
    if (kind < 0.25) return timePhrase(random).value;
    return kind < 0.45 ? inventedWord(random) : random.pick(random.pick(kinds));
  };
  return Array.from({ length: random.integer(4, 9) }, draw).join(separator);
}

/** Fresh values for every slot that the corpus templates use. */
export function corpusValues(random: Random): CorpusValues {
  const time = timePhrase(random);
  const duration = durationPhrase(random);
  const [from, to] = currencyPair(random);
  return {
    person: listedOrInvented(random, lists.people, inventedName),
    friend: listedOrInvented(random, lists.people, inventedName),
    city: listedOrInvented(random, lists.cities, inventedName),
    town: listedOrInvented(random, lists.cities, inventedName),
    item: listedOrInvented(random, lists.items, inventedWord),
    goods: listedOrInvented(random, lists.items, inventedWord),
    label: listedOrInvented(random, lists.labels, inventedWord),
    music: listedOrInvented(random, lists.music, inventedWord),
    task: random.pick(lists.tasks),
    text: random.pick(lists.messages),
    room: random.pick(lists.rooms),
    day: random.pick(lists.days),
    object: random.pick(objects),
    color: random.pick(colors),
    adjective: random.pick(adjectives),
    word: inventedWord(random),
    series: series(random, ' '),
    listing: series(random, ', '),
    number: random.integer(2, 99),
    count: random.integer(2, 24),
    amount: random.chance(0.5) ? random.integer(2, 99) : random.integer(1, 90) * 10,
    time: time.said,
    clock: time.value,
    duration: duration.said,
    minutes: duration.value,
    from: from.said,
    fromCode: from.value,
    to: to.said,
    toCode: to.value,
    mode: random.pick(['train', 'car', 'bus', 'bike', 'plane']),
  };
}

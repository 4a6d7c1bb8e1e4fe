/**
 * The templates of plain prose in the pretraining corpus: short scenes, facts about times and
 * money, questions with their answers.
 */

/** Sentences that can follow each other in any order; those of one document share their values. */
export const sentences: readonly string[] = [
  '{person} lives in {city}.',
  '{person} and {friend} are friends.',
  '{person} is {number} years old.',
  '{person} works in {town}.',
  '{person} likes {music}.',
  'In the {room} there is a {color} {object}.',
  'The {object} in the {room} is {adjective}.',
  '{person} bought {count} {item}.',
  '{friend} forgot the {goods}.',
  '{person} said to {friend}: {text}.',
  '{person} has to {task} {day}.',
  'On the list are {item}, {goods} and {count} boxes of {label}.',
  'The train from {city} to {town} leaves at {clock}.',
  'It is warm in {city} and cold in {town}.',
  'It will rain in {town} {day}.',
  'The meeting with {friend} is at {time}.',
  'The {label} takes {duration}.',
  '{friend} went from {town} to {city} by {mode}.',
  'They heard {music} in the {room}.',
  'The light in the {room} was on.',
  'The light in the {room} was off.',
  'It was {count} degrees in the {room}.',
  '{person} paid {amount} {from} for a {adjective} {object}.',
  'The shop in {city} sells {item} and {goods}.',
  'The word {word} is written on the {object}.',
  '{person} called {friend} at {time}.',
  'They call the {adjective} dog {word}.',
  '{friend} wakes up at {time}.',
  'The timer for the {label} rang after {duration}.',
  'The screen was set to {number} percent.',
];

/** Facts that relate the ways of saying one thing. */
export const facts: readonly string[] = [
  'When people say {time} the clock shows {clock}.',
  '{time} is written {clock}.',
  '{clock} means {time}.',
  'There are {minutes} minutes in {duration}.',
  '{duration} is {minutes} minutes.',
  'The code of {from} is {fromCode}.',
  '{fromCode} stands for {from}.',
  '{amount} {from} are {amount} {fromCode}.',
  'The {object} is called {word}, so its name is {word}.',
  '{word} means {adjective}.',
];

/** A passage, a question about it and the answer. */
export const questions: readonly (readonly [passage: string, question: string, answer: string])[] =
  [
    ['{person} lives in {city}. {friend} lives in {town}.', 'Where does {person} live?', '{city}'],
    ['{person} lives in {city}. {friend} lives in {town}.', 'Where does {friend} live?', '{town}'],
    ['{person} lives in {city}. {friend} lives in {town}.', 'Who lives in {town}?', '{friend}'],
    [
      '{person} bought {count} {item} and {number} {goods}.',
      'What did {person} buy?',
      '{count} {item} and {number} {goods}',
    ],
    ['{person} bought {count} {item} and {number} {goods}.', 'How many {goods}?', '{number}'],
    ['{person} told {friend} that {text}.', 'What did {person} say?', '{text}'],
    ['{person} told {friend} that {text}.', 'Who got the news?', '{friend}'],
    ['{person} has to {task} {day} at {time}.', 'What does {person} have to do?', '{task}'],
    ['{person} has to {task} {day} at {time}.', 'When is that?', '{day} at {clock}'],
    ['{person} has to {task} {day} at {time}.', 'On which day?', '{day}'],
    ['{person} has to {task} {day} at {time}.', 'Who has to {task}?', '{person}'],
    ['The {label} needs {duration} in the {room}.', 'How many minutes?', '{minutes}'],
    ['The {label} needs {duration} in the {room}.', 'What needs {duration}?', '{label}'],
    ['The {mode} goes from {city} to {town} at {time}.', 'Where does it go?', '{town}'],
    ['The {mode} goes from {city} to {town} at {time}.', 'When does it leave {city}?', '{clock}'],
    ['They play {music} in the {room}.', 'What do they play?', '{music}'],
    ['They play {music} in the {room}.', 'Where is the music?', 'in the {room}'],
    [
      'It was {count} degrees in the {room} and {number} in {city}.',
      'How warm was the {room}?',
      '{count} degrees',
    ],
    [
      'It was {count} degrees in the {room} and {number} in {city}.',
      'How warm was {city}?',
      '{number} degrees',
    ],
    [
      'It was {count} degrees in the {room} and {number} in {city}.',
      'Which room was it?',
      '{room}',
    ],
    ['{person} changed {amount} {from} into {to}.', 'Which currencies?', '{fromCode} and {toCode}'],
    ['{person} changed {amount} {from} into {to}.', 'How much was it?', '{amount} {fromCode}'],
  ];

/**
 * The templates of chats in the pretraining corpus: an assistant that answers the kinds of request
 * of the task in plain English, repeats text, and writes records as JSON. No function call is among
 * them; that is left to the fine-tuning.
 */

/** A user turn and the assistant's answer. */
export type ChatTemplate = readonly [user: string, assistant: string];

export const spokenAnswers: readonly ChatTemplate[] = [
  ['start a timer of {duration} for {label}', 'Okay, {minutes} minutes for {label}.'],
  ['time {duration}', 'Sure, {minutes} minutes from now.'],
  ['set a {label} timer, {duration}', 'The {label} timer is set to {minutes} minutes.'],
  ['I want to wake up at {time} on {day}', 'I will wake you at {clock}, day: {day}.'],
  ['alarm for {time} {day}', 'Done. {day} at {clock}.'],
  ['set my alarm to {time}', 'Your alarm rings at {clock}.'],
  ['remind me to {task} at {time} {day}', 'I will remind you to {task} at {clock}, {day}.'],
  ['I need to {task} {day}', 'Good. I wrote it down: {task}, {day}.'],
  ['do not let me forget to {task}', 'You have to {task}, I will not forget it.'],
  ['play some {music}', 'Here comes {music}.'],
  ['I would like {music} in the {room}', 'Now playing {music} in the {room}.'],
  ['put {music} on the speaker in the {room}', 'The {room} speaker plays {music}.'],
  ['what is the weather like in {city}', 'It is sunny in {city}.'],
  ['will it rain in {city} {day}', 'No rain in {city} {day}.'],
  ['{city} weather {day}', 'In {city} it will be {count} degrees {day}.'],
  ['tell {person} that {text}', 'I told {person}: {text}.'],
  ['message {person} that {text}', 'Sent to {person}: {text}.'],
  ['say to {person}: {text}', '{person} now knows that {text}.'],
  ['add {count} {item} to my list', 'Your list has {count} {item} now.'],
  ['we should buy {item}', 'I wrote down {item}.'],
  ['put {item} and {goods} on the list', '{item} and {goods} are on the list.'],
  ['turn on the light in the {room}', 'The {room} light is on.'],
  ['switch the {room} light off', 'The {room} light is off.'],
  [
    'make the light in the {room} {number} percent bright',
    'The {room} light is at {number} percent.',
  ],
  ['make the {room} {count} degrees warm', 'The {room} will be at {count} degrees.'],
  ['{count} degrees in the {room}', 'Heating the {room} to {count} degrees.'],
  ['call {person} for me', 'Calling {person}.'],
  ['I would like to speak with {person}', 'One moment, {person} is on the phone.'],
  ['how do I get to {city} from {town}', 'Take the {mode} from {town} to {city}.'],
  ['I go by {mode} from {city} to {town}', 'The {mode} from {city} to {town} leaves at {clock}.'],
  ['how much is {amount} {from} in {to}', 'I have to look up {fromCode} and {toCode}.'],
  ['change {amount} {from} to {to}', '{amount} {fromCode} is about {number} {toCode}.'],
];

export const repeats: readonly ChatTemplate[] = [
  ['Repeat: {series}', '{series}'],
  ['Say it twice: {series}', '{series} {series}'],
  ['Copy the list: {listing}', '{listing}'],
  ['Put this in quotes: {listing}', '"{listing}"'],
  ['As a JSON string: {series}', '{"text":"{series}"}'],
  ['Which day is here? We met {person} {day}.', '{day}'],
  ['Which room is here? The {object} is in the {room}.', '{room}'],
  ['Which day is here? {listing} and then {day}', '{day}'],
  ['Repeat: {word} {label} {item}', '{word} {label} {item}'],
  ['Say {word}.', '{word}'],
  ['Repeat after me: {text}', '{text}'],
  ['Put this in quotes: {person}', '"{person}"'],
  ['Put this in quotes: {word} {item}', '"{word} {item}"'],
  ['Write these as a JSON list: {person}, {city}, {word}', '["{person}","{city}","{word}"]'],
  ['Write these as a JSON list: {item}, {number}, {label}', '["{item}",{number},"{label}"]'],
  ['Which name is here? I met {person} today.', '{person}'],
  ['Which city is here? We flew to {city} {day}.', '{city}'],
  ['Which number is here? I saw {number} birds.', '{number}'],
  ['What time is {time}?', '{clock}'],
  ['How many minutes is {duration}?', '{minutes}'],
];

export const records: readonly ChatTemplate[] = [
  ['As JSON: {person} lives in {city}', '{"person":"{person}","city":"{city}"}'],
  [
    'As JSON: {person} lives in {city} and is {number} years old',
    '{"person":"{person}","city":"{city}","age":{number}}',
  ],
  [
    'As JSON: {count} {item} for {person}',
    '{"item":"{item}","count":{count},"customer":"{person}"}',
  ],
  [
    'As JSON: {count} {item} and {number} {goods}',
    '{"order":{"{item}":{count},"{goods}":{number}}}',
  ],
  [
    'As JSON: a {adjective} {color} {object} in the {room}',
    '{"object":{"type":"{object}","color":"{color}","size":"{adjective}"},"room":"{room}"}',
  ],
  [
    'As JSON: the {mode} from {city} to {town} at {time}',
    '{"trip":{"start":"{city}","end":"{town}","by":"{mode}","departure":"{clock}"}}',
  ],
  [
    'As JSON: {person} has to {task} {day}',
    '{"person":"{person}","task":{"todo":"{task}","day":"{day}"}}',
  ],
  [
    'As JSON: {person} wrote to {friend}: {text}',
    '{"author":"{person}","reader":"{friend}","text":"{text}"}',
  ],
  ['As JSON: the {label} takes {duration}', '{"label":"{label}","minutes":{minutes}}'],
  ['As JSON: a song of {music} in the {room}', '{"song":{"style":"{music}","room":"{room}"}}'],
  [
    'As JSON: {amount} {from} into {to}',
    '{"money":{"amount":{amount},"currency":"{fromCode}"},"target":"{toCode}"}',
  ],
  [
    'As JSON: {number} percent light, {count} degrees in the {room}',
    '{"room":{"name":"{room}","brightness":{number},"degrees":{count}}}',
  ],
];

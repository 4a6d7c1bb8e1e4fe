/**
 * The twelve functions of the quickstart's task: for each, how people ask for it and the call that
 * answers. A request is one phrasing filled with slot values, in a polite, plain or clipped frame;
 * the call carries the normalised values.
 */
import { fill } from './fill.js';
import type { Random } from './random.js';
import type { SlotValues } from './slot-values.js';
import { currencyPair, durationPhrase, timePhrase } from './time-phrases.js';

/** A function call: its name and its arguments in a fixed order. */
export interface FunctionCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

/** A request in plain language and the call it asks for. */
export interface RequestExample {
  readonly request: string;
  readonly call: FunctionCall;
}

/** Writes one example of a function from the given values. */
export type RequestMaker = (random: Random, values: SlotValues) => RequestExample;

type Slots = Record<string, string | number>;

const build = (
  random: Random,
  phrasings: readonly string[],
  said: Slots,
  name: string,
  args: Slots,
): RequestExample => ({
  request: fill(random.pick(phrasings), said),
  call: { name, arguments: args },
});

const setTimer: RequestMaker = (random, values) => {
  const duration = durationPhrase(random);
  const label = random.pick(values.labels);
  const said = { duration: duration.said, label };
  if (random.chance(0.35)) {
    const plain = [
      'set a timer for {duration}',
      'start a timer for {duration}',
      'timer for {duration}',
      'count down {duration}',
      'I need a timer for {duration}',
      'set the timer to {duration}',
    ];
    return build(random, plain, said, 'set_timer', { minutes: duration.value });
  }
  const labelled = [
    'set a timer for {duration} for the {label}',
    'set a {label} timer for {duration}',
    'start a timer called {label} for {duration}',
    'start a {label} timer, {duration}',
    '{duration} timer for {label}',
    'the {label} needs {duration}, set a timer',
    'time the {label} for {duration}',
    'I need a {label} timer of {duration}',
  ];
  return build(random, labelled, said, 'set_timer', { minutes: duration.value, label });
};

const setAlarm: RequestMaker = (random, values) => {
  const time = timePhrase(random);
  const day = random.pick(values.days);
  const onDay = day === 'today' || day === 'tomorrow' ? day : `on ${day}`;
  const phrasings = [
    'set an alarm for {time} {onDay}',
    'wake me up at {time} {onDay}',
    'I have to get up at {time} {onDay}',
    'alarm {onDay} at {time}',
    '{onDay} I want an alarm at {time}',
    'make sure I am awake at {time} {onDay}',
    'set the alarm clock to {time} {onDay}',
    'get me out of bed at {time} {onDay}',
  ];
  return build(random, phrasings, { time: time.said, onDay }, 'set_alarm', {
    time: time.value,
    day,
  });
};

const createReminder: RequestMaker = (random, values) => {
  const task = random.pick(values.tasks);
  const day = random.pick(values.days);
  const onDay = day === 'today' || day === 'tomorrow' ? day : `on ${day}`;
  if (random.chance(0.4)) {
    const phrasings = [
      'remind me to {task} {onDay}',
      'remind me {onDay} to {task}',
      'do not let me forget to {task} {onDay}',
      '{onDay} I have to {task}, remind me',
      'add a reminder to {task} {onDay}',
    ];
    return build(random, phrasings, { task, onDay }, 'create_reminder', { task, day });
  }
  const time = timePhrase(random);
  const phrasings = [
    'remind me to {task} {onDay} at {time}',
    'remind me {onDay} at {time} to {task}',
    'set a reminder {onDay} at {time} to {task}',
    'at {time} {onDay} I should {task}, remind me',
    'I must not forget to {task} {onDay} at {time}',
  ];
  return build(random, phrasings, { task, onDay, time: time.said }, 'create_reminder', {
    task,
    day,
    time: time.value,
  });
};

const playMusic: RequestMaker = (random, values) => {
  const music = random.pick(values.music);
  const room = random.pick(values.rooms);
  if (random.chance(0.35)) {
    const phrasings = [
      'play {music}',
      'put on some {music}',
      'I want to hear {music}',
      'I am in the mood for {music}',
      'start playing {music}',
      'how about some {music}',
    ];
    return build(random, phrasings, { music }, 'play_music', { query: music });
  }
  const phrasings = [
    'play {music} in the {room}',
    'put on some {music} in the {room}',
    'I want {music} in the {room}',
    'start {music} on the {room} speaker',
    'let me hear {music} in the {room}',
    'the {room} needs some {music}',
  ];
  return build(random, phrasings, { music, room }, 'play_music', { query: music, room });
};

const getWeather: RequestMaker = (random, values) => {
  const city = random.pick(values.cities);
  const day = random.pick(values.days);
  const onDay = day === 'today' || day === 'tomorrow' ? day : `on ${day}`;
  const phrasings = [
    'what is the weather in {city} {onDay}',
    'how is the weather in {city} {onDay}',
    'will it rain in {city} {onDay}',
    'weather for {city} {onDay}',
    'is it cold in {city} {onDay}',
    'do I need an umbrella in {city} {onDay}',
    '{onDay} I will be in {city}, what is the weather',
    'give me the forecast for {city} {onDay}',
    'will the sun shine {onDay} in {city}',
  ];
  return build(random, phrasings, { city, onDay }, 'get_weather', { city, day });
};

const sendMessage: RequestMaker = (random, values) => {
  const person = random.pick(values.people);
  const text = random.pick(values.messages);
  const phrasings = [
    'tell {person} {text}',
    'send a message to {person} saying {text}',
    'text {person} that {text}',
    'message {person}: {text}',
    'let {person} know that {text}',
    'write to {person}: {text}',
    'send {person} the message {text}',
  ];
  return build(random, phrasings, { person, text }, 'send_message', { to: person, text });
};

const addToList: RequestMaker = (random, values) => {
  const item = random.pick(values.items);
  if (random.chance(0.45)) {
    const phrasings = [
      'add {item} to the shopping list',
      'put {item} on the shopping list',
      'we need {item}',
      'I have to buy {item}',
      'get {item} from the shop',
      'we are out of {item}',
    ];
    return build(random, phrasings, { item }, 'add_to_list', { item });
  }
  const quantity = random.integer(2, 24);
  const phrasings = [
    'add {quantity} {item} to the shopping list',
    'put {quantity} {item} on the shopping list',
    'we need {quantity} {item}',
    'I have to buy {quantity} {item}',
    '{quantity} {item} for the shopping list',
  ];
  return build(random, phrasings, { item, quantity }, 'add_to_list', { item, quantity });
};

const setLight: RequestMaker = (random, values) => {
  const room = random.pick(values.rooms);
  if (random.chance(0.4)) {
    const brightness = random.integer(1, 19) * 5;
    const phrasings = [
      'dim the {room} light to {brightness} percent',
      'set the {room} light to {brightness} percent',
      '{room} light at {brightness} percent',
      'make the {room} light {brightness} percent bright',
      'set the light in the {room} to {brightness} percent',
    ];
    return build(random, phrasings, { room, brightness }, 'set_light', { room, brightness });
  }
  const state = random.pick(['on', 'off']);
  const other =
    state === 'on'
      ? ['it is too dark in the {room}', 'I cannot see anything in the {room}']
      : ['nobody is in the {room}, save some power', 'make the {room} dark'];
  const phrasings = [
    'turn {state} the {room} light',
    'turn the {room} light {state}',
    'switch {state} the light in the {room}',
    'light {state} in the {room}',
    'turn the light in the {room} {state}',
    'switch the {room} light {state}',
    ...other,
  ];
  return build(random, phrasings, { room, state }, 'set_light', { room, state });
};

const setTemperature: RequestMaker = (random, values) => {
  const room = random.pick(values.rooms);
  const degrees = random.integer(14, 27);
  const phrasings = [
    'set the {room} to {degrees} degrees',
    'heat the {room} to {degrees} degrees',
    'I want {degrees} degrees in the {room}',
    'make it {degrees} degrees in the {room}',
    'the {room} should be at {degrees} degrees',
    'cool the {room} down to {degrees} degrees',
  ];
  return build(random, phrasings, { room, degrees }, 'set_temperature', { room, degrees });
};

const makeCall: RequestMaker = (random, values) => {
  const person = random.pick(values.people);
  const phrasings = [
    'call {person}',
    'ring {person}',
    'I want to talk to {person}',
    'start a call with {person}',
    'get {person} on the phone',
    'phone {person}',
    'dial the number of {person}',
  ];
  return build(random, phrasings, { person }, 'make_call', { contact: person });
};

const getRoute: RequestMaker = (random, values) => {
  const [start, end] = random.shuffle(values.cities).slice(0, 2) as [string, string];
  const mode = random.pick(['train', 'car', 'bus', 'bike', 'plane']);
  const phrasings = [
    'how do I get from {start} to {end} by {mode}',
    'find a way from {start} to {end} by {mode}',
    'directions to {end} from {start} by {mode}',
    'I want to go to {end} from {start} by {mode}',
    'by {mode} from {start} to {end}',
    'how long is it from {start} to {end} by {mode}',
    'take me from {start} to {end} by {mode}',
  ];
  return build(random, phrasings, { start, end, mode }, 'get_route', {
    from: start,
    to: end,
    mode,
  });
};

const convertCurrency: RequestMaker = (random) => {
  const [from, to] = currencyPair(random);
  const amount = random.chance(0.5) ? random.integer(2, 99) : random.integer(1, 90) * 10;
  const phrasings = [
    'convert {amount} {from} to {to}',
    'how much is {amount} {from} in {to}',
    'what are {amount} {from} in {to}',
    'change {amount} {from} into {to}',
    'I have {amount} {from}, how many {to} is that',
    'how many {to} do I get for {amount} {from}',
  ];
  return build(random, phrasings, { amount, from: from.said, to: to.said }, 'convert_currency', {
    amount,
    from: from.value,
    to: to.value,
  });
};

/** The functions by name, in the order of the README's table. */
export const requestMakers: Readonly<Record<string, RequestMaker>> = {
  set_timer: setTimer,
  set_alarm: setAlarm,
  create_reminder: createReminder,
  play_music: playMusic,
  get_weather: getWeather,
  send_message: sendMessage,
  add_to_list: addToList,
  set_light: setLight,
  set_temperature: setTemperature,
  make_call: makeCall,
  get_route: getRoute,
  convert_currency: convertCurrency,
};

const openings = ['', '', '', '', 'please ', 'can you ', 'hey, ', 'could you please '];
const closings = ['', '', '', '', ' please', ', please', ', thanks'];
const question = /^(what|how|will|is|do I)\b/;
const imperative =
  /^(set|start|wake|make|get|remind|add|play|put|turn|switch|dim|tell|send|text|message|let|write|heat|cool|call|ring|phone|dial|find|take|convert|change|give|count|time)\b/;

/**
 * Puts a request in a polite, plain or clipped frame: an opening or a closing at times, a capital
 * and a full stop at times.
 */
export function frameRequest(random: Random, request: string): string {
  let text = request;
  if (imperative.test(request)) text = random.pick(openings) + text + random.pick(closings);
  if (random.chance(0.5)) text = text.charAt(0).toUpperCase() + text.slice(1);
  if (random.chance(0.4)) text += question.test(request) ? '?' : '.';
  return text;
}

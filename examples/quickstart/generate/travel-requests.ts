/**
 * Requests about people and places: weather, messages, calls, routes and currencies.
 */
import { build, type RequestMaker } from './request-maker.js';
import { currencyPair } from './time-phrases.js';

export const getWeather: RequestMaker = (random, values) => {
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

export const sendMessage: RequestMaker = (random, values) => {
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

export const makeCall: RequestMaker = (random, values) => {
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

export const getRoute: RequestMaker = (random, values) => {
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

export const convertCurrency: RequestMaker = (random) => {
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

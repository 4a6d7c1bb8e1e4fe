/**
 * Requests about the home: music, lights, heating and the shopping list.
 */
import { build, type RequestMaker } from './request-maker.js';

export const playMusic: RequestMaker = (random, values) => {
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

export const addToList: RequestMaker = (random, values) => {
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

export const setLight: RequestMaker = (random, values) => {
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

export const setTemperature: RequestMaker = (random, values) => {
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

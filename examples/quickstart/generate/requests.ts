/**
 * The twelve functions of the quickstart's task: for each, how people ask for it and the call that
 * answers. A request is one phrasing filled with slot values; the call carries the normalised
 * values.
 */
import { addToList, playMusic, setLight, setTemperature } from './home-requests.js';
import type { RequestMaker } from './request-maker.js';
import { createReminder, setAlarm, setTimer } from './time-requests.js';
import { convertCurrency, getRoute, getWeather, makeCall, sendMessage } from './travel-requests.js';

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

/**
 * Requests about time: timers, alarms and reminders.
 */
import { build, type RequestMaker } from './request-maker.js';
import { durationPhrase, timePhrase } from './time-phrases.js';

export const setTimer: RequestMaker = (random, values) => {
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

export const setAlarm: RequestMaker = (random, values) => {
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

export const createReminder: RequestMaker = (random, values) => {
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

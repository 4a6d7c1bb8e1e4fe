/**
 * The values that requests are filled with: people, cities, things to buy, tasks and so on. Of
 * every open list each fifth value is held out: the training rows never contain it, the test rows
 * may, and the pretraining corpus uses all of them.
 */

const words = (text: string): string[] => text.trim().split(/\s*,\s*/);

const people = words(`
  Anna, Ben, Clara, David, Emma, Felix, Grace, Henry, Ines, Jonas, Karin, Leo, Maria, Nina, Oscar,
  Paula, Quentin, Rosa, Samuel, Tessa, Ursula, Victor, Wanda, Xavier, Yara, Zoe, Ahmed, Bianca,
  Carlos, Diana, Elias, Fatima, Gustav, Hana, Ivan, Julia, Kenji, Laura, Miguel, Nora, Omar,
  Priya, Ravi, Sofia, Tomas, Uma, Vera, William, Yusuf, Amir, Beatriz, Chloe, Dmitri, Elena,
  Farid, Gloria, Hugo, Irene, Jasper, Kofi, Lina, Marco, Nadia, Otto, Petra, Rahul, Simone, Theo,
  Viola, Walter, Mom, Dad, Grandma, Uncle Bob, Aunt May, Doctor Weber, Mister Lopez, Coach Kim`);

const cities = words(`
  Oslo, Paris, Lisbon, Vienna, Prague, Dublin, Athens, Berlin, Madrid, Rome, Warsaw, Helsinki,
  Zurich, Geneva, Lyon, Milan, Porto, Seville, Hamburg, Munich, Cologne, Krakow, Budapest,
  Bucharest, Sofia, Zagreb, Riga, Tallinn, Vilnius, Glasgow, Leeds, Bristol, Boston, Chicago,
  Denver, Seattle, Austin, Dallas, Toronto, Montreal, Vancouver, Lima, Bogota, Quito, Santiago,
  Recife, Tokyo, Osaka, Kyoto, Seoul, Busan, Taipei, Hanoi, Bangkok, Manila, Jakarta, Delhi,
  Mumbai, Pune, Cairo, Tunis, Nairobi, Lagos, Accra, Dakar, Sydney, Perth, Auckland, New York,
  San Diego, Cape Town, Hong Kong`);

const items = words(`
  milk, bread, butter, eggs, cheese, apples, bananas, oranges, lemons, tomatoes, potatoes,
  carrots, onions, garlic, rice, pasta, flour, sugar, salt, pepper, coffee, tea, honey, jam,
  yogurt, cream, chicken, beef, salmon, tuna, beans, lentils, spinach, mushrooms, peppers, grapes,
  cherries, walnuts, almonds, chocolate, cookies, olive oil, orange juice, sparkling water,
  paper towels, dish soap, shampoo, toothpaste, batteries, light bulbs, candles, trash bags,
  cat food, dog treats, bird seed, stamps, envelopes, pencils, notebooks, sunscreen`);

const tasks = words(`
  water the plants, pay the rent, call the bank, feed the cat, walk the dog, take out the trash,
  book the flights, renew the passport, pick up the kids, return the library books,
  clean the oven, fix the bike, charge the camera, back up the laptop, buy a birthday present,
  order new glasses, wash the car, mow the lawn, empty the dishwasher, send the invoice,
  sign the contract, print the tickets, check the mail, change the bed sheets,
  defrost the freezer, iron the shirts, pack the suitcase, prepare the slides, review the budget,
  finish the report, email the landlord, visit the dentist, take the medicine,
  stretch for ten minutes, practice the piano, bake a cake, peel the potatoes, lock the back door,
  close the windows, turn off the oven, measure the kitchen, paint the fence, rake the leaves,
  sharpen the knives, sweep the garage, clean the fish tank, update the calendar,
  cancel the subscription, file the taxes, collect the parcel, sew the button,
  vote in the election, meet the new neighbors, read the lease`);

const messages = words(`
  I am running late, dinner is ready, I will be home soon, see you at the station,
  the meeting moved to noon, happy birthday, please call me back, I left the keys on the table,
  the train is delayed, can you bring the charger, we need more chairs, the package has arrived,
  thanks for the help, I am at the front door, good luck with the exam, the doctor said yes,
  lunch was great, let us meet at the park, the game starts at eight, do not forget the umbrella,
  the car is fixed, I found your wallet, please feed the dog, we won the match,
  the baby is asleep, I miss you, the shop closes early, save me a seat, the soup needs salt,
  your flight is on time, I sent the photos, the plumber is here, we are out of milk,
  the concert was amazing, I will take the bus, tell the kids goodnight, the code has changed,
  the movie is about to start, I need ten more minutes, the wifi is down`);

const labels = words(`
  pasta, pizza, tea, eggs, laundry, bread, rice, nap, homework, workout, cookies, oven, soup,
  yoga, break, cake, steak, dishwasher, parking, meditation, chicken, potatoes, quiz, shower,
  stretching, muffins, reading, lasagna`);

const music = words(`
  jazz, rock, pop, blues, classical music, hip hop, reggae, folk, country, techno, opera, salsa,
  ambient, disco, metal, soul, funk, swing, gospel, lullabies, piano music, film scores, old hits,
  indie rock, dance music, guitar solos, string quartets, movie themes, summer hits, bossa nova`);

const rooms = words(
  'kitchen, bedroom, living room, bathroom, office, hallway, garage, dining room, basement, ' +
    'nursery, attic, guest room',
);

/**
 * Lists of one kind of value each. The first seven are open (they have held-out values), rooms and
 * days are closed.
 */
export interface SlotValues {
  readonly people: readonly string[];
  readonly cities: readonly string[];
  readonly items: readonly string[];
  readonly tasks: readonly string[];
  readonly messages: readonly string[];
  readonly labels: readonly string[];
  readonly music: readonly string[];
  readonly rooms: readonly string[];
  readonly days: readonly string[];
}

export const days: readonly string[] = words(
  'today, tomorrow, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday',
);

/** `known` is what training rows may use, `heldOut` what they may not, `all` both. */
export type SlotPart = 'known' | 'heldOut' | 'all';

const isHeldOut = (index: number): boolean => index % 5 === 3;

/** The lists of one part; closed lists are the same in every part. */
export function slotValues(part: SlotPart): SlotValues {
  const choose = (list: readonly string[]): readonly string[] =>
    part === 'all' ? list : list.filter((_, index) => isHeldOut(index) === (part === 'heldOut'));
  return {
    people: choose(people),
    cities: choose(cities),
    items: choose(items),
    tasks: choose(tasks),
    messages: choose(messages),
    labels: choose(labels),
    music: choose(music),
    rooms,
    days,
  };
}

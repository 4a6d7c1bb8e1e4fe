// Says that a pattern cannot be translated; whoever knows the file turns it into an error with a
// place.

/** `message` names the construct. */
export class UnsupportedPattern extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedPattern';
  }
}

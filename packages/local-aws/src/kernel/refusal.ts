/** Why the local mode cannot start, as one sentence for the person who started it. */
export class StartRefused extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = "StartRefused";
  }
}

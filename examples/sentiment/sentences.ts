// Sentences about films, drawn from a small grammar, and whether they are meant kindly. What a sentence says depends on
// the order of its words: "not good" is bad, "good, but the end was dull" is bad, "I had feared it would be dull, yet it was
// touching" is good. So a model that only counts words cannot be right.

import { Random } from "wasmgrad/data";

export interface Sentence {
  readonly text: string;
  /** 1: kind, 0: unkind. */
  readonly kind: number;
}

const KIND = "wonderful touching clever funny gripping beautiful brilliant charming honest warm lively original".split(
  " ",
);
const UNKIND = "dull boring silly clumsy tedious ugly shallow noisy cold predictable endless confused".split(" ");
const SUBJECTS =
  "the film|the story|the plot|the music|the acting|the first half|the end|the dialogue|the camera|the cast|every scene|the idea".split(
    "|",
  );
const PEOPLE = "my sister|everyone|the critics|my neighbour|our teacher|half the audience|my father|the children".split(
  "|",
);
const VERY = ["", "", "very ", "really ", "quite ", "so ", "rather "];
const WAS = ["was", "is", "felt", "seemed", "turned out"];

/** Draws sentences; different seeds give different ones. */
export function sentences(count: number, seed: number): Sentence[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => sentence(random));
}

const one = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]!;

function sentence(random: Random): Sentence {
  const kind = random.integer(2);
  const [mine, other] = [kind, 1 - kind];
  const say = (meaning: number) => clause(random, meaning);
  const forms = [
    () => say(mine),
    () => `${say(mine)} and ${say(mine)}`,
    // What comes after "but" counts.
    () => `${say(other)} , but ${say(mine)}`,
    () => `although ${say(other)} , ${say(mine)}`,
    // What others think does not.
    () => `${one(random, PEOPLE)} said ${say(other)} , yet i found that ${say(mine)}`,
    () =>
      kind === 1 ? `i had feared that ${say(other)} , but i was wrong` : `they promised that ${say(other)} , and lied`,
    () => `i cannot say that ${say(other)}`,
  ];
  return { text: one(random, forms)(), kind };
}

/** "the plot was not very clever": what it means may come from "not" and the opposite word. */
function clause(random: Random, meaning: number): string {
  const negated = random.integer(3) === 0;
  const words = (negated ? 1 - meaning : meaning) === 1 ? KIND : UNKIND;
  const not = negated ? one(random, ["not ", "never ", "hardly ", "anything but "]) : "";
  return `${one(random, SUBJECTS)} ${one(random, WAS)} ${not}${one(random, VERY)}${one(random, words)}`;
}

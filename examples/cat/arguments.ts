// The command line of the example: what can be asked for, what is done unasked, and what is refused.

import { explained, given } from "../support/command.js";
import { whole } from "../support/option-values.js";
import { trainingOptions, type TrainingSettings } from "../support/training-options.js";

/** Everything that decides a run. */
export interface Settings extends TrainingSettings {
  /** Pictures to learn from; a sixth as many others are drawn for the test. */
  readonly pictures: number;
  /** Whether simpler methods are tried on the same pictures. */
  readonly compare: boolean;
}

const examples = `\
  npm run example cat                                      draw pictures, learn from them, be tested on others
  npm run example cat -- --pictures 3000 --no-compare      the same in less time, with more mistakes
  npm run example cat -- --seed 2                          other pictures, other first weights`;

const pictures = whole("the number of pictures to learn from", 10, 100_000, "--pictures 12000");

function command() {
  const described = explained(
    "npm run example cat --",
    "Is it a cat? Draws cats and other animals in many poses, coats, scenes and lights, trains a convolutional network to " +
      "tell them apart, and tests it on pictures that were drawn from another seed.",
    examples,
  )
    .option("--pictures <count>", "pictures to learn from; a sixth as many are drawn for the test", pictures, 12_000)
    .option("--no-compare", "leave out the simpler methods that are tried on the same pictures");
  return trainingOptions(described, {
    ...{ epochs: 8, batch: 32, rate: 0.003, out: "out/cat" },
    ...{ pictures: "pictures", largestBatch: 4096, files: "the model, the page and the drawings" },
  });
}

/** What the arguments ask for, the defaults filled in. @throws UserError for words that belong to no option */
export const parseArguments = (words: readonly string[]) => given<Settings>(command(), words);

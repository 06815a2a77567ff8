// What an epoch under way has come to so far.

/** Sums over the batches of an epoch that have been done. */
export interface EpochSums {
  loss: number;
  correct: number;
  predictions: number;
  samples: number;
  seconds: number;
}

export const nothing = (): EpochSums => ({ loss: 0, correct: 0, predictions: 0, samples: 0, seconds: 0 });

/** Mean loss, and accuracy where right predictions are counted. */
export function meansOf({ loss, samples, correct, predictions }: EpochSums): { loss: number; accuracy?: number } {
  return { loss: loss / samples, ...(predictions > 0 && { accuracy: correct / predictions }) };
}

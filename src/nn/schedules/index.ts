// Learning-rate schedules: functions of the step, see schedule.ts. Any function of that form will do.

export {
  cosineAnnealingLR,
  cosineAnnealingWarmRestarts,
  oneCycleLR,
  type CosineAnnealingLROptions,
  type CosineAnnealingWarmRestartsOptions,
  type OneCycleLROptions,
} from "./cosine.js";
export {
  constantLR,
  exponentialLR,
  linearLR,
  multiStepLR,
  polynomialLR,
  stepLR,
  type ConstantLROptions,
  type ExponentialLROptions,
  type LinearLROptions,
  type MultiStepLROptions,
  type PolynomialLROptions,
  type StepLROptions,
} from "./decay.js";
export type { Schedule } from "./schedule.js";
export { warmup, warmupCosine, type WarmupCosineOptions } from "./warmup.js";

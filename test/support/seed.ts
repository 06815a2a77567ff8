// Property tests draw the same cases in every run, so that a commit passes or fails by what it changes alone. Other
// cases: FAST_CHECK_SEED=$RANDOM npm test.

import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 1) });

// What a model needs whose program several threads run: the threads, and their parts of the program.

export { cutForThreads } from "../graph/threads.js";
export { availableThreads, initThreads } from "../core/threads.js";

// Nobody takes it from here. But what this shares with the rest, which is loaded first, bundlers would cut out of the
// rest into small files; as it leads to all of the rest, they leave that in one piece.
export { compile } from "./compile.js";

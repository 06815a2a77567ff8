// What a model needs that workers run: the threads, and of a program for several of them their parts.

export { cutForThreads } from "../graph/threads.js";
export { availableThreads, initThreads } from "../core/threads.js";

// Nobody takes it from here. But what this shares with the rest, which is loaded first, bundlers would cut out of the
// rest into small files; as it leads to all of the rest, they leave that in one piece.
export { compile } from "./compile.js";

// Part 3: A text as words, indices, and vectors of several kinds.
// Arguments: any words, the text (How does neural network works?)
//
// Try your own: npm run example text -- "The text"

import { func, ops } from "wasmgrad";
import { bagOfWords, oneHot, splitWords, vocabulary } from "wasmgrad/data";

const text = process.argv.slice(2).join(" ") || "How does neural network works?";
const show = (vector: ArrayLike<number>) => `[${Array.from(vector, (value) => +value.toFixed(2)).join(", ")}]`;
/** Row `i` of a matrix of `columns`. */
const row = (matrix: Float32Array, i: number, columns: number) => matrix.subarray(i * columns, (i + 1) * columns);

const words = splitWords(text);
console.log(`The text:    ${text}\nIts words:   ${words.join(", ")}`);

const all = vocabulary(words);
const indices = all.encode(words);
console.log(`Vocabulary:  ${all.words.map((word, index) => `${word} ${index}`).join(", ")}`);
console.log(`As indices:  ${show(indices)}, which read ${all.decode(indices).join(" ")}\n`);

console.log("One-hot vectors, with a place for every word of the vocabulary and a 1 at its own:");
const vectors = oneHot(indices, all.size);
words.forEach((word, i) => console.log(`  ${word.padEnd(12)} ${show(row(vectors, i, all.size))}`));

// A layer without bias makes them dense: a one-hot vector picks the weights of its word. Training moves these weights,
// so that words used alike come to lie close together; here they are what we wrote down.
const dense = await func({ vectors: [words.length, all.size], weight: [2, all.size] }, ({ vectors, weight }) => ({
  rows: ops.linear(vectors, weight),
}));
const weight = Float32Array.from({ length: 2 * all.size }, (_, at) => ((7 * at) % 11) / 10 - 0.5);
const { rows } = dense({ vectors, weight });
console.log(`\nDense vectors, by a layer of ${all.size} inputs and 2 outputs:`);
words.forEach((word, i) => console.log(`  ${word.padEnd(12)} ${show(row(rows, i, 2))}`));
dense.dispose();

// Long texts have many words, most of them rare. A vocabulary of the most frequent leaves the others to "<unk>".
const texts = ["the network learns", "the network answers", "the neuron learns"].map((line) => splitWords(line));
const frequent = vocabulary(texts, { size: 4, unknown: "<unk>" });
console.log(`\nThree texts:  ${texts.map((tokens) => tokens.join(" ")).join(" | ")}`);
console.log(`Vocabulary of the 3 most frequent words and one for all others: ${frequent.words.join(", ")}`);
console.log("Bags of words, which count and forget the order:");
const sequences = texts.map((tokens) => frequent.encode(tokens));
const bags = bagOfWords(sequences, frequent.size);
texts.forEach((tokens, i) => console.log(`  ${tokens.join(" ").padEnd(20)} ${show(row(bags, i, frequent.size))}`));

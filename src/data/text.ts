// Text in: into words, sentences or characters. The first step of text → words → vocabulary → indices → vectors.
//
// Unicode decides what a letter is, so no language is left out; but words are found by what stands between them, so a
// language written without spaces (Chinese, Thai) comes as whole phrases: take `characters` there, or `Intl.Segmenter`.

import { known } from "./check.js";

// A letter or a digit begins a word; marks go with it; an apostrophe, or one of the invisible joiners of Persian and of
// Indian scripts (U+200C, U+200D), belongs to it only between two of these.
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['\u200C\u200D][\p{L}\p{M}\p{N}]+)*/gu;

// One or more marks that can end a sentence, with the quotes and brackets they close.
const END = /[.!?…。！？]+["'”’»)\]」』]*/gu;
const FULL_WIDTH = /[。！？]/u;
const AFTER = /(\s*)(\S?)/uy;

/**
 * The words of a text: runs of letters, marks and digits, with the apostrophes inside them, lower-cased.
 * "How does neural network works?" → how, does, neural, network, works.
 *
 * Words that look the same come out the same: accents are composed (NFC), and ’ becomes '.
 *
 * @param options.lowerCase Whether to lower-case, by Unicode's rules of no particular language. Default: true.
 * @throws TypeError if the text is no string.
 */
export function splitWords(text: string, options: { readonly lowerCase?: boolean } = {}): string[] {
  known("splitWords", options, ["lowerCase"]);
  const plain = textOf("splitWords", text).normalize("NFC").replaceAll("’", "'");
  return ((options.lowerCase ?? true) ? plain.toLowerCase() : plain).match(WORD) ?? [];
}

/**
 * The sentences of a text, trimmed, with their marks. A sentence ends at . ! ? … (and the quotes or brackets that close
 * there) before white space, unless a small letter follows ("e.g. this"); at 。！？ anywhere; and at an empty line.
 * Abbreviations before a capital ("Mr. Smith") are taken for an end: no list of them is kept.
 *
 * @throws TypeError if the text is no string.
 */
export function splitSentences(text: string): string[] {
  return textOf("splitSentences", text)
    .split(/\n[^\S\n]*\n/u)
    .flatMap(sentencesOf)
    .filter((sentence) => sentence !== "");
}

/**
 * The characters of a text, code point by code point (an emoji is one, not two halves). Nothing is changed:
 * `characters(text).join("") === text`.
 *
 * @throws TypeError if the text is no string.
 */
export function characters(text: string): string[] {
  return Array.from(textOf("characters", text));
}

function sentencesOf(paragraph: string): string[] {
  const sentences: string[] = [];
  let begin = 0;
  for (const match of paragraph.matchAll(END)) {
    const end = match.index + match[0].length;
    AFTER.lastIndex = end;
    const [, space, next] = AFTER.exec(paragraph)!;
    const ends = next === "" || (space !== "" && !/\p{Ll}/u.test(next!)) || FULL_WIDTH.test(match[0]);
    if (!ends) continue;
    sentences.push(paragraph.slice(begin, end).trim());
    begin = end;
  }
  sentences.push(paragraph.slice(begin).trim());
  return sentences;
}

function textOf(label: string, text: unknown): string {
  if (typeof text === "string") return text;
  throw new TypeError(`${label}: text must be a string, got ${text === null ? "null" : typeof text}`);
}

// Digits and their confusion matrix as plain text, for a terminal with a fixed-width font.

/**
 * The confusion matrix as aligned text: rows are the truth, columns the prediction, a dot stands for 0, and the last
 * column is the share of the row that was read correctly.
 */
export function confusionTable(confusion: readonly (readonly number[])[]): string {
  const width = Math.max(4, ...confusion.flat().map((count) => String(count).length + 1));
  const cell = (value: string | number) => String(value).padStart(width);
  const head = `truth │${confusion.map((_, digit) => cell(digit)).join("")} │ correct`;
  const rule = `──────┼${"─".repeat(width * confusion.length)}─┼────────`;
  const rows = confusion.map((row, digit) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const correct = total > 0 ? `${((100 * row[digit]) / total).toFixed(1)} %` : "–";
    return `${String(digit).padStart(5)} │${row.map((count) => cell(count || "·")).join("")} │ ${correct.padStart(7)}`;
  });
  return [head, rule, ...rows].join("\n");
}

const SIDE = 28;

/**
 * A `[28, 28]` image as 14 lines of 28 characters, each one pixel wide and two high, as a terminal's characters are.
 * A pixel is drawn if it is nearer to the image's brightest than to its darkest, so faint ink shows and a grey background
 * does not.
 */
export function asciiDigit(image: ArrayLike<number>): string {
  let darkest = 255;
  let brightest = 0;
  for (let at = 0; at < SIDE * SIDE; at++) {
    darkest = Math.min(darkest, image[at]);
    brightest = Math.max(brightest, image[at]);
  }
  const inked = (row: number, column: number) => image[row * SIDE + column] > (darkest + brightest) / 2;
  const lines: string[] = [];
  for (let row = 0; row < SIDE; row += 2) {
    let line = "";
    for (let column = 0; column < SIDE; column++) {
      const upper = inked(row, column);
      const lower = inked(row + 1, column);
      line += upper ? (lower ? "█" : "▀") : lower ? "▄" : " ";
    }
    lines.push(line);
  }
  return lines.join("\n");
}

const GAP = "  ";

/** Images with a line of text above each, as many beside each other as `columns` characters hold. */
export function asciiGallery(
  images: readonly { image: ArrayLike<number>; caption: string }[],
  columns: number,
): string {
  const perRow = Math.max(1, Math.floor((columns + GAP.length) / (SIDE + GAP.length)));
  const rows: string[] = [];
  for (let at = 0; at < images.length; at += perRow) {
    const blocks = images
      .slice(at, at + perRow)
      .map(({ image, caption }) => [caption, ...asciiDigit(image).split("\n")]);
    const lines = blocks[0]!.map((_, line) =>
      blocks
        .map((block) => block[line]!.padEnd(SIDE))
        .join(GAP)
        .trimEnd(),
    );
    rows.push(lines.join("\n"));
  }
  return rows.join("\n");
}

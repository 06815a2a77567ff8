// Byte-pair merging: of all neighbours that can be merged, those of the lowest rank are, the leftmost first, until none can.
//
// The parts are a linked list, the pairs wait in a heap, so a run of n characters takes n log n and not n² steps: a text
// without spaces cannot stop a server.
//
// Source: Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL 2016.

/** The rank of a pair of neighbours, undefined where they stay apart. Lower ranks are merged first. */
export type RankOf = (left: string, right: string) => number | undefined;

/** The parts of a piece, from one for each character to what is left when nothing more can be merged. */
export function mergePairs(piece: string, rankOf: RankOf): string[] {
  const n = piece.length;
  const parts = piece.split(""); // "" where one was merged into that before it
  const next = Int32Array.from({ length: n }, (_, at) => at + 1);
  const previous = Int32Array.from({ length: n }, (_, at) => at - 1);
  const ranks = new Float64Array(n).fill(-1); // of the pair that begins here, -1 for none
  const heap = new Heap(); // rank · n + place, so that its order is by rank, then by place

  const look = (at: number) => {
    const rank = next[at]! < n ? rankOf(parts[at]!, parts[next[at]!]!) : undefined;
    ranks[at] = rank ?? -1;
    if (rank !== undefined) heap.push(rank * n + at);
  };
  for (let at = 0; at < n; at++) look(at);

  for (let least = heap.pop(); least !== undefined; least = heap.pop()) {
    const at = least % n;
    if (ranks[at] !== (least - at) / n) continue; // the pair that this was for is gone
    const right = next[at]!;
    parts[at] += parts[right]!;
    parts[right] = "";
    ranks[right] = -1;
    next[at] = next[right]!;
    if (next[at]! < n) previous[next[at]!] = at;
    look(at);
    if (previous[at]! >= 0) look(previous[at]!);
  }
  return parts.filter((part) => part !== "");
}

/** Numbers of which the least comes out first. */
class Heap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent]! <= item) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const { items } = this;
    const least = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return least;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= last) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return least;
  }
}

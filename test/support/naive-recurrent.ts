// Recurrent networks of several layers and directions in plain f64, unit by unit, from the formulas in PyTorch's
// documentation of RNN, GRU and LSTM. Batches come first, parameters by PyTorch's names. Knows nothing of the library.

export type Kind = "rnn" | "gru" | "lstm";

/** [batch][steps][features], or states [layer and direction][batch][hidden]. */
export type Cube = number[][][];

export interface Network {
  readonly kind: Kind;
  readonly hidden: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly nonlinearity?: "tanh" | "relu";
  /** [rows][columns]; a bias has one column. Biases may be missing. */
  readonly parameters: Readonly<Record<string, number[][]>>;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const dot = (row: readonly number[], x: readonly number[]) => row.reduce((sum, w, i) => sum + w * x[i]!, 0);

/** The networks's outputs [batch][steps][directions · hidden], and the last states of each layer and direction. */
export function run(network: Network, x: Cube, h0?: Cube, c0?: Cube): { output: Cube; h: Cube; c: Cube } {
  const { layers, bidirectional, hidden } = network;
  const directions = bidirectional ? 2 : 1;
  const h: Cube = [];
  const c: Cube = [];
  let y = x;
  for (let layer = 0; layer < layers; layer++) {
    const sides = Array.from({ length: directions }, (_, direction) => {
      const at = layer * directions + direction;
      const suffix = `_l${layer}${direction === 1 ? "_reverse" : ""}`;
      const samples = y.map((steps, b) =>
        runSample(
          network,
          suffix,
          steps,
          direction === 1,
          h0?.[at]?.[b] ?? zeros(hidden),
          c0?.[at]?.[b] ?? zeros(hidden),
        ),
      );
      h.push(samples.map((sample) => sample.h));
      c.push(samples.map((sample) => sample.c));
      return samples;
    });
    y = y.map((steps, b) => steps.map((_, t) => sides.flatMap((samples) => samples[b]!.states[t]!)));
  }
  return { output: y, h, c };
}

const zeros = (n: number) => new Array<number>(n).fill(0);

function runSample(network: Network, suffix: string, x: number[][], backward: boolean, h: number[], c: number[]) {
  const states: number[][] = [];
  const order = x.map((_, t) => (backward ? x.length - 1 - t : t));
  for (const t of order) {
    ({ h, c } = cell(network, suffix, x[t]!, h, c));
    states[t] = h;
  }
  return { states, h, c };
}

function cell(
  { kind, hidden, parameters, nonlinearity }: Network,
  suffix: string,
  x: number[],
  h: number[],
  c: number[],
) {
  /** Row `gate · hidden + j` of the input's part, and of the state's part. */
  const part = (name: "ih" | "hh", from: number[], gate: number, j: number) => {
    const row = gate * hidden + j;
    return (
      dot(parameters[`weight_${name}${suffix}`]![row]!, from) + (parameters[`bias_${name}${suffix}`]?.[row]?.[0] ?? 0)
    );
  };
  const both = (gate: number, j: number) => part("ih", x, gate, j) + part("hh", h, gate, j);
  const units = Array.from({ length: hidden }, (_, j) => j);

  if (kind === "rnn") {
    return { h: units.map((j) => (nonlinearity === "relu" ? Math.max(both(0, j), 0) : Math.tanh(both(0, j)))), c };
  }
  if (kind === "gru") {
    return {
      h: units.map((j) => {
        const [r, z] = [sigmoid(both(0, j)), sigmoid(both(1, j))];
        const n = Math.tanh(part("ih", x, 2, j) + r * part("hh", h, 2, j));
        return (1 - z) * n + z * h[j]!;
      }),
      c,
    };
  }
  const next = units.map((j) => sigmoid(both(1, j)) * c[j]! + sigmoid(both(0, j)) * Math.tanh(both(2, j)));
  return { h: units.map((j) => sigmoid(both(3, j)) * Math.tanh(next[j]!)), c: next };
}

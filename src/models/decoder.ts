// A trained GPT reading a text token after token, each once: programs that share the trainer's parameters, and caches of
// keys and values of their own. One program for single tokens, and one for each length of a piece of many.

import { input, parameter, type Parameter } from "../graph/ops/leaf.js";
import { slice } from "../graph/ops/slice.js";
import { compileProgram, type Place } from "../graph/program.js";
import { padded } from "../core/memory.js";
import type { Tensor } from "../graph/tensor.js";
import { ControlBlock } from "../train/control.js";
import { PlacedProgram } from "../train/placed.js";
import { Space } from "../train/space.js";
import type { State } from "../train/state.js";
import { isLarge } from "../train/work.js";
import { Decoding, type Cache } from "./decoding.js";
import type { Gpt } from "./gpt.js";

/** Tokens that go through the model together at most: enough for products at full speed, few enough for little memory. */
const PIECE = 256;

interface Compiled {
  readonly placed: PlacedProgram;
  /** Of the last token: [1, 1, vocab]. */
  readonly logits: Tensor;
}

export class Decoder {
  private readonly space: Space;
  private readonly control: ControlBlock;
  private readonly caches: Cache[] = [];
  /** Where the caches lie: offsets in one block. */
  private readonly places = new Map<Parameter, Place>();
  private readonly programs = new Map<number, Compiled>();
  private readonly logits: Float32Array;
  private cacheBytes = 0;
  private cacheAt: number | undefined;
  /** Tokens read, whose keys and values are in the caches. */
  private count = 0;

  /** @param averaged read the moving average of the parameters */
  constructor(
    private readonly state: State,
    private readonly model: Gpt,
    private readonly averaged: boolean,
  ) {
    if (averaged) state.averageView(0, 0); // throws if there is none
    this.space = new Space(state.core, this, "this text");
    this.control = new ControlBlock(this.space, state.settings.seed);
    this.logits = new Float32Array(model.config.vocabSize);
  }

  /** How many tokens more it can read. */
  get left(): number {
    return this.model.config.contextLength - this.count;
  }

  /** Forgets what it has read. */
  clear(): void {
    this.count = 0;
  }

  /**
   * Reads tokens, at least one and at most `left`. Returns the logits of what follows the last of them, [vocab]; the next
   * call overwrites them.
   */
  async read(ids: readonly number[]): Promise<Float32Array> {
    for (let first = 0; first < ids.length; first += PIECE) {
      await this.piece(Int32Array.from(ids.slice(first, first + PIECE)));
    }
    return this.logits;
  }

  /** Gives its memory back. */
  dispose(): void {
    this.space.dispose();
  }

  private async piece(ids: Int32Array): Promise<void> {
    const { state, space, control } = this;
    state.space.check();
    let compiled = this.programs.get(ids.length);
    if (!compiled) this.programs.set(ids.length, (compiled = this.compile(ids.length)));
    const { placed, logits } = compiled;
    if (placed.families) await space.core.provideFamilies();
    await state.turn(async () => {
      placed.put("ids", ids);
      placed.put(
        "positions",
        ids.map((_, i) => this.count + i),
      );
      control.program(placed);
      await control.run(1);
      this.count += ids.length;
      this.logits.set(placed.view(logits)); // while nobody else has the arena
    });
  }

  private compile(length: number): Compiled {
    const { model, state } = this;
    const positions = input("positions", [length], "i32");
    const cacheOf = (index: number, heads: number, size: number) =>
      (this.caches[index] ??= this.createCache(index, heads, size));
    const context = new Decoding(positions, slice(positions, { end: 1 }), cacheOf);
    const logits = model.forward(input("ids", [1, length], "i32"), context);
    const fused = state.programs.rewrite([logits]);
    const pins = new Map([...state.model.pins(), ...this.places]);
    const threads = isLarge(new Map([["", logits]])) ? state.settings.threads : 1;
    const program = compileProgram(fused.roots, pins, threads);

    const parameters = this.averaged ? state.bases["average"]! : state.bases["parameters"]!;
    this.cacheAt ??= this.space.alloc(this.cacheBytes);
    const bases = { parameters, cache: this.cacheAt };
    const placed = new PlacedProgram(this.space, program, bases, [], state.settings.cut);
    return { placed, logits: fused.at(logits)! };
  }

  private createCache(index: number, heads: number, size: number): Cache {
    const shape = [1, heads, this.model.config.contextLength, size];
    const create = (name: string) => {
      const tensor = parameter(shape, { trainable: false, name: `${name} ${index}` });
      this.places.set(tensor, { segment: "cache", offset: this.cacheBytes });
      this.cacheBytes += padded(tensor.size * 4);
      return tensor;
    };
    return { keys: create("keys"), values: create("values") };
  }
}

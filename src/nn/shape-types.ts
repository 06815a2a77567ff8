// Shapes at the type level, so that layers whose sizes are literals and do not fit are a compile error.
//
// A layer carries a ShapeFunction: from the shape of one sample to that of its output. TypeScript has no functions of
// types that can be passed around, so one is an interface whose `output` is computed from `this["input"]`; `Apply`
// sets the input. A size that is only known as `number` fits everything, and sizes are checked again when the model
// is traced.

/** Sizes of the axes of one sample; `number[]` where nothing is known. */
export type Sizes = readonly number[];

/** Stands in place of a shape where two sizes do not fit; the message shows in the compiler's error. */
export interface Mismatch<Message extends string> {
  readonly mismatch: Message;
}

export interface ShapeFunction {
  /** Unknown and not Sizes, whose intersection with a tuple would blur the tuple's elements. */
  readonly input: unknown;
  readonly output: Sizes | Mismatch<string>;
}

/** The shape that a layer makes of `Input`. */
export type Apply<F extends ShapeFunction, Input extends Sizes> = (F & { readonly input: Input })["output"];

type Fits<Got extends number, Expected extends number> = number extends Got
  ? true
  : number extends Expected
    ? true
    : Got extends Expected
      ? true
      : false;

/** The output is shaped like the input. */
export interface SameShape extends ShapeFunction {
  readonly output: this["input"] extends infer Input extends Sizes ? Input : Sizes;
}

/** Nothing is known of the output. */
export interface AnyShape extends ShapeFunction {
  readonly output: Sizes;
}

/** The output has a shape of its own. */
export interface FixedShape<Output extends Sizes> extends ShapeFunction {
  readonly output: Output;
}

/** The last axis must have `In` elements and gets `Out`. */
export interface LastAxis<In extends number, Out extends number> extends ShapeFunction {
  readonly output: this["input"] extends readonly [...infer Lead extends Sizes, infer Last extends number]
    ? Fits<Last, In> extends true
      ? readonly [...Lead, Out]
      : Mismatch<`this layer expects ${In} features but the layer before it gives ${Last}`>
    : readonly [...number[], Out];
}

/** The first axis must have `In` channels and gets `Out`; the sizes behind it are known when the model is traced. */
export interface Channels<In extends number, Out extends number, Rest extends Sizes> extends ShapeFunction {
  readonly output: this["input"] extends readonly [infer First extends number, ...Sizes]
    ? Fits<First, In> extends true
      ? readonly [Out, ...Rest]
      : Mismatch<`this layer expects ${In} channels but the layer before it gives ${First}`>
    : readonly [Out, ...Rest];
}

/** The first axis stays, the sizes behind it are known when the model is traced. */
export interface Resized extends ShapeFunction {
  readonly output: this["input"] extends readonly [infer First extends number, ...infer Rest extends Sizes]
    ? readonly [First, ...{ readonly [K in keyof Rest]: number }]
    : Sizes;
}

/** Only the first axis stays. */
export interface FirstAxis extends ShapeFunction {
  readonly output: this["input"] extends readonly [infer First extends number, ...Sizes] ? readonly [First] : Sizes;
}

interface HasShapes {
  readonly shapes?: ShapeFunction | undefined;
}

type FunctionOf<Layer> = Layer extends { readonly shapes?: infer F }
  ? Extract<F, ShapeFunction> extends infer Found extends ShapeFunction
    ? Found
    : AnyShape
  : AnyShape;

/** Layers as they are, up to the first that does not fit, which is replaced by its Mismatch. */
export type Checked<Layers extends readonly HasShapes[], Input extends Sizes = Sizes> = Layers extends readonly [
  infer First extends HasShapes,
  ...infer Rest extends readonly HasShapes[],
]
  ? Apply<FunctionOf<First>, Input> extends infer Output
    ? Output extends Sizes
      ? readonly [First, ...Checked<Rest, Output>]
      : readonly [Output, ...Rest]
    : never
  : Layers;

/** What a chain of layers makes of `Input`. */
export type ApplyAll<Layers extends readonly HasShapes[], Input extends Sizes> = Layers extends readonly [
  infer First extends HasShapes,
  ...infer Rest extends readonly HasShapes[],
]
  ? Apply<FunctionOf<First>, Input> extends infer Output extends Sizes
    ? ApplyAll<Rest, Output>
    : Mismatch<"these layers do not fit the layer before them">
  : Input;

/** Layers one after another. */
export interface Chain<Layers extends readonly HasShapes[]> extends ShapeFunction {
  readonly output: this["input"] extends infer Input extends Sizes ? ApplyAll<Layers, Input> : Sizes;
}

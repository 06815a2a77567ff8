// Runs single kernels for tests: buffers in, one instruction, buffers out.

import { Core } from "../../src/core/core.js";
import { Control, Opcode } from "../../src/shared/opcodes.js";

type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;
type Source = ArrayLike<number> | number;

/** A buffer in the core's memory; passed to `run`, it stands for its address. */
export class Buffer<T extends TypedArray = Float32Array> {
  constructor(
    private readonly core: Core,
    readonly address: number,
    readonly length: number,
    private readonly type: new (buffer: ArrayBuffer, at: number, length: number) => T,
  ) {}
  /** The live bytes, until the memory grows. */
  view(): T {
    return new this.type(this.core.memory.wasm.buffer, this.address, this.length);
  }
  /** A copy of the contents. */
  values(): T {
    return this.view().slice() as T;
  }
}

/** An f32 argument. */
export interface Real {
  bits: number;
}

const scratch = new DataView(new ArrayBuffer(4));
export function real(value: number): Real {
  scratch.setFloat32(0, value);
  return { bits: scratch.getInt32(0) };
}

export async function openKernels() {
  const core = await Core.start();
  const controlBlock = core.memory.alloc(Control.Words * 4);

  function place<T extends TypedArray>(
    source: Source,
    type: (new (buffer: ArrayBuffer, at: number, length: number) => T) & { BYTES_PER_ELEMENT: number },
  ): Buffer<T> {
    const length = typeof source === "number" ? source : source.length;
    const address = core.memory.alloc(length * type.BYTES_PER_ELEMENT);
    const buffer = new Buffer<T>(core, address, length, type);
    if (typeof source !== "number") buffer.view().set(source);
    return buffer;
  }

  return {
    core,
    controlBlock,
    f32: (source: Source) => place<Float32Array>(source, Float32Array),
    f64: (source: Source) => place<Float64Array>(source, Float64Array),
    i32: (source: Source) => place<Int32Array>(source, Int32Array),
    u8: (source: Source) => place<Uint8Array>(source, Uint8Array),
    /** Writes a word of the control block. */
    control(word: Control, value: number) {
      core.i32[(controlBlock >>> 2) + word] = value;
    },
    run(opcode: Opcode, ...args: (Buffer<TypedArray> | Real | number)[]): boolean {
      const words = args.map((arg) => (typeof arg === "number" ? arg : arg instanceof Buffer ? arg.address : arg.bits));
      return core.execute([opcode, ...words], controlBlock);
    },
    free(...buffers: Buffer<TypedArray>[]) {
      for (const buffer of buffers) core.memory.free(buffer.address);
    },
  };
}

export type Kernels = Awaited<ReturnType<typeof openKernels>>;

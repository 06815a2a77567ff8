// onnxruntime-web on its WebAssembly provider, which in Node is what `import "onnxruntime-web"` gives, on one thread.
//
// It runs models that were trained elsewhere: it predicts, and that is all. Its users have the model in a file, so the
// file's bytes are made before anything is timed (onnx-model.ts).

import type * as Ort from "onnxruntime-web";
import { inputsOf } from "../workloads.js";
import { INPUT, OUTPUT, onnxModelOf } from "./onnx-model.js";
import type { Adapter, Prediction } from "./protocol.js";
import { serve } from "./serve.js";

let ort: typeof Ort;
let model: Uint8Array;

const adapter: Adapter = {
  file(workload, given) {
    model = onnxModelOf(workload, given);
  },

  async open() {
    ort = await import("onnxruntime-web");
    ort.env.wasm.numThreads = 1;
    return `onnxruntime-web ${ort.env.versions.web}`;
  },

  async prediction(workload): Promise<Prediction> {
    const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
    const sample = workload.convolutions?.image ?? workload.layers.slice(0, 1);
    const inputs = inputsOf(workload);
    return {
      async run(x) {
        const outputs = await session.run({ [INPUT]: new ort.Tensor("float32", x, [x.length / inputs, ...sample]) });
        return outputs[OUTPUT]!.data as Float32Array;
      },
    };
  },
};

await serve(adapter);

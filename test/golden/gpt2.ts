// Cases of kind "gpt2": a checkpoint in Hugging Face's names and layouts, its logits, and the text that it goes on with.

import { writeSafetensors, type TensorToWrite } from "../../src/io/index.js";
import { generate, loadGpt2 } from "../../src/models/index.js";
import { need, withPrefix, type Case, type Results } from "./cases.js";

export async function runGpt2(golden: Case): Promise<Results> {
  const { newTokens, ...config } = golden.attrs;
  const tensors = [...withPrefix(golden, "param.")].map(([name, { shape, data }]): [string, TensorToWrite] => [
    name,
    { shape, data },
  ]);
  const files = { "model.safetensors": writeSafetensors(Object.fromEntries(tensors)) };
  const ids = need(golden, "in.ids").data;
  const trainer = await loadGpt2({ config, files }, { input: { shape: [ids.length], dtype: "i32" } });
  try {
    const logits = await trainer.predict(ids);
    const greedy: number[] = [];
    for await (const id of generate(trainer, ids, { maxTokens: newTokens as number, temperature: 0 })) greedy.push(id);
    return { "out.logits": logits, "out.greedy": greedy };
  } finally {
    trainer.dispose();
  }
}

import { compile, crossEntropy, linear, relu, sequential } from "wasmgrad";
import { noise } from "./test/support/train-data.ts";
const trainer = await compile(sequential(linear(64, 128), relu(), linear(128, 3)), { loss: crossEntropy(), threads: 2 });
const data = { x: noise(64 * 500, 1), y: Uint8Array.from({ length: 500 }, (_, i) => i % 3) };
try { await trainer.fit(data, { batchSize: 10 }); console.log("ok"); } catch (e) { console.log(String(e).slice(0, 120)); const c = trainer.state.control; console.log([...Array(32)].map((_, i) => c.get(i)).join(" ")); if (!process.argv[2]) console.log(trainer.explain({batch:10}).split("program:")[1].slice(0,3000)); }
trainer.dispose();
process.exit(0);

// Whether results match a case's references: |v - r| <= atol + rtol * max(|r|, largest magnitude in that tensor).

import { need, type Case, type Results } from "./cases.js";

/** The references of a case: everything that is not an input. */
const isReference = (key: string) => /^(out|grad)\./.test(key);

/** What is wrong with the results, one line each; nothing if they match. */
export function differences(golden: Case, results: Results): string[] {
  const expected = [...golden.tensors.keys()].filter(isReference);
  if (expected.length === 0) return ["the case has no reference to compare with"];
  return expected.flatMap((key) => {
    const found = results[key];
    if (!found) return [`${key}: not computed`];
    return difference(key, found, golden);
  });
}

function difference(key: string, found: ArrayLike<number>, golden: Case): string[] {
  const { data, shape } = need(golden, key);
  if (found.length !== data.length) return [`${key}: ${found.length} numbers for the shape [${shape.join(", ")}]`];
  let largest = 0;
  for (const r of data) largest = Math.max(largest, Math.abs(r));
  let worst = 0;
  let at = -1;
  for (let i = 0; i < data.length; i++) {
    const tolerance = golden.atol + golden.rtol * Math.max(Math.abs(data[i]!), largest);
    // Written so that a NaN fails; equal infinities pass.
    const share = found[i] === data[i] ? 0 : Math.abs(found[i]! - data[i]!) / tolerance;
    if (share <= worst) continue;
    worst = share;
    at = i;
    if (Number.isNaN(share)) break;
  }
  if (worst <= 1) return [];
  return [`${key}[${at}]: ${found[at]} instead of ${data[at]}, ${worst.toPrecision(3)} times the tolerance`];
}

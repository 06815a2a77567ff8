// A vitest reporter that ends the run with what people and machines both read: why tests were skipped, and one line
// alone, "123 passed, 0 failed, 2 skipped". Files that do not load and errors outside of any test count as failures.

export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const reasons = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === "pending") continue; // the run was broken off
        count[state]++;
        if (state === "skipped" && note) reasons.push(`skipped: ${test.fullName}: ${note}`);
      }
      const broken = module.state() === "failed" && ![...module.children.allTests("failed")].length;
      if (broken) count.failed++;
    }
    for (const reason of reasons) console.log(reason);
    console.log(`${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ""}`);
  }
}

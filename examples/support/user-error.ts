// What the person at the terminal can put right: shown as one message, without a stack trace.

/** A mistake in what was asked for (a folder, a file), said in words for someone who has never seen the code. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** Ends the process with the message of a UserError; any other error is a fault of the program and keeps its trace. */
export function fail(error: unknown): void {
  console.error(error instanceof UserError ? `error: ${error.message}` : error);
  process.exitCode = 1;
}

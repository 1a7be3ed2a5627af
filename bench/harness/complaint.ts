/** What the user has to put right, a setting mostly: one line says it, and where in the code it was found does not help. */
export class Complaint extends Error {}

/** Runs a command of the suite; prints a complaint as a line and lets the process end as a failure. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

package io.taskweave.cli.command;

import java.util.Locale;

/**
 * What became of one step of the pipeline.
 *
 * @param skipped nothing ran, since the result is up to date
 * @param seconds time taken
 * @param detail what a person wants to know of the result
 */
record StepOutcome(String name, boolean skipped, double seconds, String detail) {
  String line() {
    return String.format(
        Locale.ROOT,
        "%-10s %-10s %8.1f s  %s",
        name,
        skipped ? "up to date" : "done",
        seconds,
        detail);
  }
}

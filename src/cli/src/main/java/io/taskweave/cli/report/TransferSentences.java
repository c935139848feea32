package io.taskweave.cli.report;

import io.taskweave.cli.report.TransferInputs.Difference;
import io.taskweave.cli.report.TransferInputs.Transfer;
import java.util.List;
import java.util.Locale;

/** Says for each task what sharing does to it, in points of AUC: hundredths. */
final class TransferSentences {
  /** Half of the last digit of a point. */
  private static final double SHOWN = 0.0005;

  private final TransferInputs inputs;

  TransferSentences(TransferInputs inputs) {
    this.inputs = inputs;
  }

  /** Those of all tasks. */
  List<String> all() {
    return inputs.tasks().stream().flatMap(task -> of(task).stream()).toList();
  }

  /** What sharing does to a task under each model, and what stopping all tasks together adds. */
  List<String> of(String task) {
    return inputs.optimizers().stream()
        .flatMap(optimizer -> inputs.of(task, optimizer, inputs.comparable()).stream())
        .map(one -> sharing(one) + " " + stopping(one))
        .toList();
  }

  private String sharing(Transfer one) {
    String samples =
        inputs.comparable().equals(MetricRow.ALL) ? "all samples" : "comparable samples";
    String where = " on " + samples + " under " + one.model() + " with " + one.optimizer();
    double difference = one.atOwnEpoch().value();
    if (!Double.isFinite(difference)) {
      return "What " + one.task() + " loses" + where + " cannot be measured.";
    }
    return one.task()
        + (difference < 0 ? " loses " : " gains ")
        + String.format(Locale.ROOT, "%.1f", 100 * Math.abs(difference))
        + " points of AUC"
        + where
        + interval(one.atOwnEpoch())
        + ".";
  }

  private static String interval(Difference difference) {
    if (!Double.isFinite(difference.low())) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        " (%s to %s%s)",
        signed(difference.low()),
        signed(difference.high()),
        difference.leavesZeroOut() ? "" : ", so it may be nothing");
  }

  private static String stopping(Transfer one) {
    double all = one.atCommonEpoch().value();
    double part = all - one.atOwnEpoch().value();
    if (Math.abs(part) < SHOWN) {
      return "At the common epoch of all tasks the difference is the same.";
    }
    return "At the common epoch of all tasks the difference is "
        + signed(all)
        + ", of which "
        + signed(part)
        + " is only the stopping.";
  }

  static String signed(double difference) {
    return Double.isFinite(difference)
        ? String.format(Locale.ROOT, "%+.1f", 100 * difference).replace('-', '−')
        : Figures.NONE;
  }
}

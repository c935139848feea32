package io.taskweave.pipeline.audit;

import io.taskweave.pipeline.audit.ValueRates.Kind;
import io.taskweave.pipeline.audit.ValueRates.Part;
import io.taskweave.pipeline.audit.ValueRates.Rate;
import io.taskweave.pipeline.feature.FieldPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A field whose missing or unknown values are spread unevenly over two parts of the samples.
 *
 * <p>Two parts differ strongly where both hold: the rates differ by more than a share of the rows,
 * and by more than some standard errors. These are of Agresti and Caffo (2000), with one more row
 * of either outcome in each part: a pooled variance would let a single row of a small part decide.
 *
 * @param first positive rows of a task, or training
 * @param second negative rows of the task, or another split
 */
record RateDifference(FieldPlan field, Kind kind, Part first, Part second, Rate one, Rate other) {
  /** Those of a plan's samples that are strong, in the order of fields. */
  static List<RateDifference> strong(ValueRates rates, AuditPlan plan) {
    List<RateDifference> strong = new ArrayList<>();
    for (FieldPlan field : rates.fields()) {
      for (Kind kind : Kind.values()) {
        for (String split : rates.splits()) {
          for (var task : plan.tasks()) {
            Optional<String> name = Optional.of(task.name());
            of(rates, field, kind, new Part(split, name, 1), new Part(split, name, 0))
                .filter(difference -> difference.isStrong(plan))
                .ifPresent(strong::add);
          }
        }
        for (String split : rates.splits()) {
          if (!split.equals("train")) {
            of(rates, field, kind, Part.ofSplit("train"), Part.ofSplit(split))
                .filter(difference -> difference.isStrong(plan))
                .ifPresent(strong::add);
          }
        }
      }
    }
    return strong;
  }

  private static Optional<RateDifference> of(
      ValueRates rates, FieldPlan field, Kind kind, Part first, Part second) {
    Rate one = rates.rate(field, kind, first);
    Rate other = rates.rate(field, kind, second);
    return one.rows() == 0 || other.rows() == 0
        ? Optional.empty()
        : Optional.of(new RateDifference(field, kind, first, second, one, other));
  }

  boolean betweenLabels() {
    return first.task().isPresent();
  }

  double difference() {
    return one.value() - other.value();
  }

  /** Standard errors between the rates. */
  double zScore() {
    double one = smoothed(this.one);
    double other = smoothed(this.other);
    double variance =
        one * (1 - one) / (this.one.rows() + 2) + other * (1 - other) / (this.other.rows() + 2);
    return Math.abs(one - other) / Math.sqrt(variance);
  }

  private static double smoothed(Rate rate) {
    return (rate.affected() + 1.0) / (rate.rows() + 2.0);
  }

  private boolean isStrong(AuditPlan plan) {
    return Math.abs(difference()) > plan.rateDifference() && zScore() > plan.zScore();
  }

  String message() {
    String where =
        betweenLabels()
            ? String.format(
                Locale.ROOT,
                "%.1f percent of the %d positive and %.1f percent of the %d negative rows of %s in"
                    + " %s",
                100 * one.value(),
                one.rows(),
                100 * other.value(),
                other.rows(),
                first.task().orElseThrow(),
                first.split())
            : String.format(
                Locale.ROOT,
                "%.1f percent of the %d rows in %s and %.1f percent of the %d rows in %s",
                100 * one.value(),
                one.rows(),
                first.split(),
                100 * other.value(),
                other.rows(),
                second.split());
    return "field " + field.name() + " is " + kind.words() + " in " + where + ": " + meaning();
  }

  private String meaning() {
    if (kind == Kind.MISSING) {
      return betweenLabels()
          ? "a model can read the label from the gap, find out why it is missing or drop the field"
          : "the source has changed between them, compare how it was filled";
    }
    String danger =
        betweenLabels()
            ? "a model learns that unknown means "
                + (difference() > 0 ? "positive" : "negative")
                + ", which need not hold for new values"
            : "training has hardly met the unknown value that is common there";
    return field.idDropout() > 0
        ? danger + "; id-dropout of " + field.idDropout() + " is set on it"
        : danger + ", set id-dropout on this field to hide a share of known ids in training";
  }
}

package io.taskweave.pipeline.evaluate;

import io.taskweave.core.metric.GaucWeighting;
import io.taskweave.core.metric.GroupedAuc;
import io.taskweave.core.metric.Interval;
import io.taskweave.core.metric.MetricRecord;
import io.taskweave.core.metric.RankSums;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * One metric of one cell with its bootstrap replicates.
 *
 * @param values index 0 the data themselves, then the replicates
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a whole
record Measure(
    String metric,
    String task,
    String split,
    String group,
    String weighting,
    double[] values,
    long rows,
    long positives,
    long used,
    long skipped,
    String reason) {

  /** All metrics of a split and group, by task, then the mean AUC over tasks. */
  static List<Measure> all(EvaluationPlan plan, Measurements measured, int split, int group) {
    List<Measure> measures = new ArrayList<>();
    List<Measure> aucs = new ArrayList<>();
    String splitName = plan.splits().get(split);
    String groupName = measured.groups().get(group);
    int length = plan.replicates() + 1;
    for (int task = 0; task < plan.tasks().size(); task++) {
      String taskName = plan.tasks().get(task);
      RankSums ranks = measured.ranks(split, task, group);
      Measure auc = ofRanks("auc", taskName, splitName, groupName, ranks, length, ranks::auc);
      aucs.add(auc);
      measures.add(auc);
      measures.add(
          ofRanks("log_loss", taskName, splitName, groupName, ranks, length, ranks::logLoss));
      measures.add(
          ofRanks(
              "calibration", taskName, splitName, groupName, ranks, length, ranks::calibration));
      measures.add(
          ofRanks(
              "normalised_entropy",
              taskName,
              splitName,
              groupName,
              ranks,
              length,
              ranks::normalisedEntropy));
      GroupedAuc users = measured.users(split, task, group);
      for (GaucWeighting weighting : plan.gaucWeightings()) {
        measures.add(
            new Measure(
                "gauc",
                taskName,
                splitName,
                groupName,
                weighting.label(),
                values(length, replicate -> users.value(weighting, replicate)),
                users.rows(),
                users.positiveRows(),
                users.used(),
                users.skipped(),
                users.used() == 0 ? "no user with both labels" : ""));
      }
    }
    measures.add(mean(aucs, splitName, groupName, length));
    return measures;
  }

  private static Measure ofRanks(
      String metric,
      String task,
      String split,
      String group,
      RankSums ranks,
      int length,
      IntToDoubleFunction value) {
    double[] values = values(length, value);
    return new Measure(
        metric,
        task,
        split,
        group,
        "",
        values,
        ranks.rows(),
        ranks.positiveRows(),
        0,
        0,
        Double.isFinite(values[0]) ? "" : ranks.reason());
  }

  private static Measure mean(List<Measure> aucs, String split, String group, int length) {
    double[] values =
        values(
            length,
            replicate ->
                aucs.stream().mapToDouble(auc -> auc.values[replicate]).sum() / aucs.size());
    return new Measure(
        "auc",
        Evaluation.MEAN,
        split,
        group,
        "",
        values,
        aucs.stream().mapToLong(Measure::rows).sum(),
        aucs.stream().mapToLong(Measure::positives).sum(),
        0,
        0,
        Double.isFinite(values[0]) ? "" : "undefined for a task");
  }

  private static double[] values(int length, IntToDoubleFunction value) {
    double[] values = new double[length];
    Arrays.setAll(values, value);
    return values;
  }

  MetricRecord asRecord() {
    Interval interval = Interval.of(Arrays.copyOfRange(values, 1, values.length));
    return new MetricRecord(
        metric,
        task,
        split,
        group,
        weighting,
        values[0],
        rows,
        positives,
        used,
        skipped,
        interval.low(),
        interval.high(),
        reason);
  }

  /**
   * The same metric of another run minus this one; replicates are paired, since they resample the
   * same users.
   */
  DifferenceRecord to(Measure other) {
    double[] differences = new double[values.length];
    for (int replicate = 0; replicate < values.length; replicate++) {
      differences[replicate] = other.values[replicate] - values[replicate];
    }
    Interval interval = Interval.of(Arrays.copyOfRange(differences, 1, differences.length));
    return new DifferenceRecord(
        metric,
        task,
        split,
        group,
        weighting,
        values[0],
        other.values[0],
        differences[0],
        interval.low(),
        interval.high(),
        rows,
        positives);
  }
}

package io.taskweave.pipeline.evaluate;

import io.taskweave.core.metric.Checkpoint;
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
    Checkpoint checkpoint,
    double[] values,
    long rows,
    long positives,
    long used,
    long skipped,
    String reason) {

  /** All metrics of a split and group: by checkpoint and task, then its mean AUC over tasks. */
  static List<Measure> all(EvaluationPlan plan, Measurements measured, int split, int group) {
    List<Measure> measures = new ArrayList<>();
    String splitName = plan.splits().get(split);
    String groupName = measured.groups().get(group);
    for (Checkpoint checkpoint : Checkpoint.values()) {
      List<Measure> aucs = new ArrayList<>();
      for (int index = 0; index < measured.series().size(); index++) {
        ScoreSeries series = measured.series().get(index);
        if (series.checkpoint() == checkpoint) {
          Cell cell = new Cell(series, splitName, groupName, plan.replicates() + 1);
          RankSums ranks = measured.ranks(split, index, group);
          Measure auc = cell.of("auc", ranks, ranks::auc);
          aucs.add(auc);
          measures.add(auc);
          measures.add(cell.of("log_loss", ranks, ranks::logLoss));
          measures.add(cell.of("calibration", ranks, ranks::calibration));
          measures.add(cell.of("normalised_entropy", ranks, ranks::normalisedEntropy));
          GroupedAuc users = measured.users(split, index, group);
          plan.gaucWeightings().forEach(weighting -> measures.add(cell.gauc(users, weighting)));
        }
      }
      if (!aucs.isEmpty()) {
        measures.add(mean(aucs, plan.replicates() + 1));
      }
    }
    return measures;
  }

  /** Where a measure is taken. */
  private record Cell(ScoreSeries series, String split, String group, int length) {
    Measure of(String metric, RankSums ranks, IntToDoubleFunction value) {
      double[] values = values(length, value);
      return new Measure(
          metric,
          series.task(),
          split,
          group,
          "",
          series.checkpoint(),
          values,
          ranks.rows(),
          ranks.positiveRows(),
          0,
          0,
          Double.isFinite(values[0]) ? "" : ranks.reason());
    }

    Measure gauc(GroupedAuc users, GaucWeighting weighting) {
      return new Measure(
          "gauc",
          series.task(),
          split,
          group,
          weighting.label(),
          series.checkpoint(),
          values(length, replicate -> users.value(weighting, replicate)),
          users.rows(),
          users.positiveRows(),
          users.used(),
          users.skipped(),
          users.used() == 0 ? "no user with both labels" : "");
    }
  }

  private static Measure mean(List<Measure> aucs, int length) {
    Measure first = aucs.get(0);
    double[] values =
        values(
            length,
            replicate ->
                aucs.stream().mapToDouble(auc -> auc.values[replicate]).sum() / aucs.size());
    return new Measure(
        "auc",
        Evaluation.MEAN,
        first.split,
        first.group,
        "",
        first.checkpoint,
        values,
        aucs.stream().mapToLong(Measure::rows).sum(),
        aucs.stream().mapToLong(Measure::positives).sum(),
        0,
        0,
        Double.isFinite(values[0]) ? "" : "undefined for a task");
  }

  /** Whether another measure is the same one of another run. */
  boolean corresponds(Measure other) {
    return metric.equals(other.metric)
        && task.equals(other.task)
        && split.equals(other.split)
        && group.equals(other.group)
        && weighting.equals(other.weighting)
        && checkpoint == other.checkpoint;
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
        checkpoint,
        values[0],
        rows,
        positives,
        used,
        skipped,
        interval.low(),
        interval.high(),
        reason);
  }

  ReplicateRecord asReplicates() {
    return new ReplicateRecord(
        task, split, group, checkpoint, Arrays.stream(values).boxed().toList(), rows, positives);
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
        checkpoint,
        values[0],
        other.values[0],
        differences[0],
        interval.low(),
        interval.high(),
        rows,
        positives);
  }
}

package io.taskweave.pipeline.evaluate;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.metric.Checkpoint;
import io.taskweave.core.metric.Interval;
import io.taskweave.core.metric.NanAsNull;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * AUC of the data and of every replicate of the bootstrap over users. Runs that are measured with
 * one seed on the same users have the same users in each replicate.
 *
 * @param task name of the task, or {@code mean}
 * @param values the data themselves, then the replicates; NaN, null in JSON, where undefined
 * @param rows labelled rows of positive weight
 */
public record ReplicateRecord(
    @JsonProperty("task") String task,
    @JsonProperty("split") String split,
    @JsonProperty("group") String group,
    @JsonProperty("checkpoint") Checkpoint checkpoint,
    @JsonProperty("values")
        @JsonSerialize(contentUsing = NanAsNull.Writer.class)
        @JsonDeserialize(contentUsing = NanAsNull.Reader.class)
        List<Double> values,
    @JsonProperty("rows") long rows,
    @JsonProperty("positives") long positives) {
  public ReplicateRecord {
    values = List.copyOf(values);
  }

  /**
   * The mean of one AUC over runs, replicate by replicate.
   *
   * @param runs the same AUC of each run, on the same samples and with the same bootstrap
   * @throws InputRejectedException if they are not
   */
  public static ReplicateRecord mean(List<ReplicateRecord> runs) {
    ReplicateRecord first = runs.get(0);
    runs.forEach(run -> requireComparable(first, run));
    List<Double> means = new ArrayList<>();
    for (int replicate = 0; replicate < first.values.size(); replicate++) {
      double sum = 0;
      for (ReplicateRecord run : runs) {
        sum += run.values.get(replicate);
      }
      means.add(sum / runs.size());
    }
    return new ReplicateRecord(
        first.task, first.split, first.group, first.checkpoint, means, first.rows, first.positives);
  }

  /**
   * This AUC minus another one of the same task, split and group, paired by replicate.
   *
   * @throws InputRejectedException if they were not measured on the same samples
   */
  public Effect minus(ReplicateRecord other) {
    requireComparable(other, this);
    double[] differences = new double[values.size()];
    Arrays.setAll(differences, i -> values.get(i) - other.values.get(i));
    Interval interval = Interval.of(Arrays.copyOfRange(differences, 1, differences.length));
    return new Effect(differences[0], interval.low(), interval.high());
  }

  private static void requireComparable(ReplicateRecord first, ReplicateRecord second) {
    boolean comparable =
        first.task.equals(second.task)
            && first.split.equals(second.split)
            && first.group.equals(second.group)
            && first.rows == second.rows
            && first.positives == second.positives
            && first.values.size() == second.values.size();
    if (!comparable) {
      throw new InputRejectedException(
          "Cannot compare runs: their samples or replicates differ ("
              + first.description()
              + "; "
              + second.description()
              + "), evaluate both again on the same samples");
    }
  }

  private String description() {
    return String.format(
        Locale.ROOT,
        "%s, %s, %s: %d rows, %d positives, %d replicates",
        task,
        split,
        group,
        rows,
        positives,
        values.size() - 1);
  }
}

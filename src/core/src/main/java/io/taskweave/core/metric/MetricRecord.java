package io.taskweave.core.metric;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.util.Objects;

/**
 * One measured number with its own definition, so that no reader has to know its position.
 *
 * @param metric {@code auc}, {@code gauc}, {@code log_loss}, {@code calibration}, {@code
 *     calibration_bin_<k>} (k from 1, ascending scores) or {@code normalised_entropy}
 * @param task name of the task, or {@code mean} for the plain mean over tasks
 * @param split {@code train}, {@code valid} or {@code test}
 * @param group {@code all} or a group's name
 * @param weighting {@code samples}, {@code positives} or {@code none} for GAUC; empty otherwise
 * @param checkpoint weights that have made the scores; those of the common epoch where a file says
 *     nothing
 * @param value NaN, which JSON shows as null, where it is undefined
 * @param rows labelled rows of positive weight
 * @param positives rows among them with label 1
 * @param groupsUsed users that entered a GAUC; 0 for other metrics
 * @param groupsSkipped users left out of a GAUC for having one label only; 0 for other metrics
 * @param ciLow lower end of the 95 percent interval; NaN without a bootstrap
 * @param ciHigh upper end of that interval
 * @param reason why the value is undefined; empty where it is not
 */
public record MetricRecord(
    @JsonProperty("metric") String metric,
    @JsonProperty("task") String task,
    @JsonProperty("split") String split,
    @JsonProperty("group") String group,
    @JsonProperty("weighting") String weighting,
    @JsonProperty("checkpoint") Checkpoint checkpoint,
    @JsonProperty("value")
        @JsonSerialize(using = NanAsNull.Writer.class)
        @JsonDeserialize(using = NanAsNull.Reader.class)
        double value,
    @JsonProperty("rows") long rows,
    @JsonProperty("positives") long positives,
    @JsonProperty("groups_used") long groupsUsed,
    @JsonProperty("groups_skipped") long groupsSkipped,
    @JsonProperty("ci_low")
        @JsonSerialize(using = NanAsNull.Writer.class)
        @JsonDeserialize(using = NanAsNull.Reader.class)
        double ciLow,
    @JsonProperty("ci_high")
        @JsonSerialize(using = NanAsNull.Writer.class)
        @JsonDeserialize(using = NanAsNull.Reader.class)
        double ciHigh,
    @JsonProperty("reason") String reason) {
  @JsonCreator
  public MetricRecord {
    Objects.requireNonNull(metric, "metric");
    Objects.requireNonNull(task, "task");
    Objects.requireNonNull(split, "split");
    Objects.requireNonNull(group, "group");
    weighting = Objects.requireNonNullElse(weighting, "");
    checkpoint = Objects.requireNonNullElse(checkpoint, Checkpoint.COMMON_EPOCH);
    reason = Objects.requireNonNullElse(reason, "");
  }

  public MetricRecord(
      String metric,
      String task,
      String split,
      String group,
      String weighting,
      Checkpoint checkpoint,
      double value,
      long rows,
      long positives,
      long groupsUsed,
      long groupsSkipped,
      double ciLow,
      double ciHigh) {
    this(
        metric,
        task,
        split,
        group,
        weighting,
        checkpoint,
        value,
        rows,
        positives,
        groupsUsed,
        groupsSkipped,
        ciLow,
        ciHigh,
        "");
  }
}

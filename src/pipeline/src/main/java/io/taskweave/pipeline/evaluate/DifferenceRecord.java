package io.taskweave.pipeline.evaluate;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.taskweave.core.metric.Checkpoint;
import io.taskweave.core.metric.NanAsNull;

/**
 * One metric of two runs on the same samples.
 *
 * @param difference of the second run minus the first
 * @param ciLow lower end of the difference's 95 percent interval over users; NaN without bootstrap
 * @param rows labelled rows of positive weight
 */
public record DifferenceRecord(
    @JsonProperty("metric") String metric,
    @JsonProperty("task") String task,
    @JsonProperty("split") String split,
    @JsonProperty("group") String group,
    @JsonProperty("weighting") String weighting,
    @JsonProperty("checkpoint") Checkpoint checkpoint,
    @JsonProperty("first") @JsonSerialize(using = NanAsNull.Writer.class) double first,
    @JsonProperty("second") @JsonSerialize(using = NanAsNull.Writer.class) double second,
    @JsonProperty("difference") @JsonSerialize(using = NanAsNull.Writer.class) double difference,
    @JsonProperty("ci_low") @JsonSerialize(using = NanAsNull.Writer.class) double ciLow,
    @JsonProperty("ci_high") @JsonSerialize(using = NanAsNull.Writer.class) double ciHigh,
    @JsonProperty("rows") long rows,
    @JsonProperty("positives") long positives) {}

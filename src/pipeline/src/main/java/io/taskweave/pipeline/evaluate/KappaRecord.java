package io.taskweave.pipeline.evaluate;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.taskweave.core.metric.NanAsNull;

/**
 * AUC of a group as another kappa would cut it.
 *
 * @param group {@code comparable}, or {@code not-comparable} for all other users with feedback
 * @param value NaN, which JSON shows as null, where it is undefined
 * @param rows labelled rows of positive weight
 * @param positives rows among them with label 1
 */
public record KappaRecord(
    @JsonProperty("kappa") double kappa,
    @JsonProperty("pair") String pair,
    @JsonProperty("group") String group,
    @JsonProperty("task") String task,
    @JsonProperty("split") String split,
    @JsonProperty("value") @JsonSerialize(using = NanAsNull.Writer.class) double value,
    @JsonProperty("rows") long rows,
    @JsonProperty("positives") long positives) {}

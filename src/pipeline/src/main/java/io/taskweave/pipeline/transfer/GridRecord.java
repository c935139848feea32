package io.taskweave.pipeline.transfer;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.taskweave.core.metric.Checkpoint;
import io.taskweave.core.metric.NanAsNull;

/**
 * AUC of trainings that differ in their seeds only.
 *
 * @param chosen whether validation prefers this learning rate to the others of model and optimizer
 * @param task name of the task, or {@code mean}
 * @param auc mean over seeds; NaN, null in JSON, where undefined
 * @param deviation over seeds, with n - 1; NaN for one seed
 * @param epoch mean over seeds of the epoch that the checkpoint stands for; NaN for the mean over
 *     tasks of own epochs
 * @param rows labelled rows of positive weight
 */
public record GridRecord(
    @JsonProperty("model") String model,
    @JsonProperty("optimizer") String optimizer,
    @JsonProperty("learning_rate") double learningRate,
    @JsonProperty("chosen") boolean chosen,
    @JsonProperty("task") String task,
    @JsonProperty("split") String split,
    @JsonProperty("group") String group,
    @JsonProperty("checkpoint") Checkpoint checkpoint,
    @JsonProperty("auc") @JsonSerialize(using = NanAsNull.Writer.class) double auc,
    @JsonProperty("deviation") @JsonSerialize(using = NanAsNull.Writer.class) double deviation,
    @JsonProperty("epoch") @JsonSerialize(using = NanAsNull.Writer.class) double epoch,
    @JsonProperty("seeds") int seeds,
    @JsonProperty("rows") long rows,
    @JsonProperty("positives") long positives) {}

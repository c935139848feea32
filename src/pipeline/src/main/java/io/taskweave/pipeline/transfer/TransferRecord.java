package io.taskweave.pipeline.transfer;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.taskweave.core.metric.NanAsNull;
import io.taskweave.pipeline.evaluate.Effect;

/**
 * What a task gains or loses by a model against the baseline, seeds averaged within every replicate
 * of the bootstrap over users. {@code atCommonEpoch = atOwnEpoch + stopping} where the baseline
 * trains each task by itself, since it then has the task's own epoch on both sides.
 *
 * @param baseline AUC of the baseline at the task's own best epoch
 * @param commonEpoch AUC of the model at its common best epoch
 * @param ownEpoch AUC of the model at the task's own best epoch
 * @param atCommonEpoch what stands between the models as one would deploy them
 * @param atOwnEpoch what sharing itself does
 * @param stopping AUC of the model at its common epoch minus that at the task's own: what stopping
 *     all tasks together does
 * @param deviation of {@code atOwnEpoch} over pairs of one seed, with n - 1; NaN for one seed
 */
public record TransferRecord(
    @JsonProperty("model") String model,
    @JsonProperty("optimizer") String optimizer,
    @JsonProperty("learning_rate") double learningRate,
    @JsonProperty("baseline_learning_rate") double baselineLearningRate,
    @JsonProperty("task") String task,
    @JsonProperty("split") String split,
    @JsonProperty("group") String group,
    @JsonProperty("rows") long rows,
    @JsonProperty("positives") long positives,
    @JsonProperty("seeds") int seeds,
    @JsonProperty("baseline_auc") @JsonSerialize(using = NanAsNull.Writer.class) double baseline,
    @JsonProperty("common_epoch_auc") @JsonSerialize(using = NanAsNull.Writer.class)
        double commonEpoch,
    @JsonProperty("own_epoch_auc") @JsonSerialize(using = NanAsNull.Writer.class) double ownEpoch,
    @JsonProperty("at_common_epoch") Effect atCommonEpoch,
    @JsonProperty("at_own_epoch") Effect atOwnEpoch,
    @JsonProperty("stopping") Effect stopping,
    @JsonProperty("deviation") @JsonSerialize(using = NanAsNull.Writer.class) double deviation) {}

package io.taskweave.pipeline.evaluate;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import io.taskweave.core.metric.NanAsNull;

/**
 * A difference in AUC.
 *
 * @param low lower end of its 95 percent interval over users; NaN without a bootstrap
 * @param high upper end of that interval
 */
public record Effect(
    @JsonProperty("value") @JsonSerialize(using = NanAsNull.Writer.class) double value,
    @JsonProperty("ci_low") @JsonSerialize(using = NanAsNull.Writer.class) double low,
    @JsonProperty("ci_high") @JsonSerialize(using = NanAsNull.Writer.class) double high) {}

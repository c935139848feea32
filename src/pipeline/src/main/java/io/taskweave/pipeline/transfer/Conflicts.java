package io.taskweave.pipeline.transfer;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * The conflict subset of a split.
 *
 * @param rows of the split
 * @param kept rows whose user and item are frequent enough
 * @param records by subset and tables; empty where no row is kept
 */
public record Conflicts(
    @JsonProperty("split") String split,
    @JsonProperty("frequency") double frequency,
    @JsonProperty("far_percentile") double far,
    @JsonProperty("near_percentile") double near,
    @JsonProperty("rows") long rows,
    @JsonProperty("kept") long kept,
    @JsonProperty("records") List<ConflictRecord> records) {}

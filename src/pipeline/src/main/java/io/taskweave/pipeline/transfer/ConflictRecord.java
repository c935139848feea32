package io.taskweave.pipeline.transfer;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * How far the pairs of a conflict subset lie from each other in one pair of tables.
 *
 * @param farTask task by whose single-task tables the pairs are far
 * @param nearTask task by whose single-task tables they are near
 * @param pairs rows of the subset
 * @param near rows among them that are near in these tables, by these tables' own percentiles
 * @param far rows among them that are far
 * @param bins of equal width, ascending
 */
public record ConflictRecord(
    @JsonProperty("model") String model,
    @JsonProperty("table") String table,
    @JsonProperty("far_task") String farTask,
    @JsonProperty("near_task") String nearTask,
    @JsonProperty("pairs") long pairs,
    @JsonProperty("near") long near,
    @JsonProperty("far") long far,
    @JsonProperty("near_limit") double nearLimit,
    @JsonProperty("far_limit") double farLimit,
    @JsonProperty("bins") List<Bin> bins) {
  /**
   * Rows whose distance is in [from, to), the last bin with its end.
   *
   * @param conflict those of the subset
   * @param others all other rows
   */
  public record Bin(
      @JsonProperty("from") double from,
      @JsonProperty("to") double to,
      @JsonProperty("conflict") long conflict,
      @JsonProperty("others") long others) {}
}

package io.taskweave.core.model;

import java.io.Serializable;

/**
 * Size and start of the embedding tables.
 *
 * @param size width D of each table
 * @param deviation standard deviation of the initial rows; the padding row is zero
 */
public record EmbeddingSpec(int size, double deviation) implements Serializable {
  public EmbeddingSpec {
    ShapeCheck.positive("embedding size", size);
    if (!(deviation >= 0) || deviation == Double.POSITIVE_INFINITY) {
      throw ShapeCheck.refused(
          "embedding deviation", deviation, "a finite number that is not negative");
    }
  }
}

package io.taskweave.core.sample;

import java.util.Objects;

/**
 * A window on a block: row i of the batch is row {@code rows()[i]} of the block. One object serves
 * every batch of a thread, so that forming a batch allocates nothing.
 */
public final class SampleBatch {
  private final SampleBlock block;
  private final int[] rows;
  private int count;

  public SampleBatch(SampleBlock block, int capacity) {
    this.block = Objects.requireNonNull(block, "block");
    this.rows = new int[capacity];
  }

  /** All rows of a block in their own order. */
  public static SampleBatch all(SampleBlock block) {
    SampleBatch batch = new SampleBatch(block, block.rows());
    for (int row = 0; row < block.rows(); row++) {
      batch.add(row);
    }
    return batch;
  }

  public SampleBlock block() {
    return block;
  }

  public int[] rows() {
    return rows;
  }

  public int count() {
    return count;
  }

  public int capacity() {
    return rows.length;
  }

  public void clear() {
    count = 0;
  }

  public void add(int row) {
    rows[count++] = row;
  }
}

package io.taskweave.engine.training;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The training samples of one executor, in chunks that an epoch visits one after the other, in an
 * order that all executors share. Chunks are named by their position in an epoch.
 */
public interface SampleChunks extends Serializable {
  Sizes sizes();

  /**
   * The chunk of the steps that come now; the one before it is of no further use.
   *
   * @param epoch from 1
   * @param position of the chunk within the epoch, from 0
   */
  StreamPartition use(int epoch, int position);

  /** The chunk in use or the one after it, for a look at its samples. */
  StreamPartition look(int epoch, int position);

  /** Frees what the samples take outside of the heap. */
  void close();

  /**
   * What the samples come to, here or in several executors.
   *
   * @param rows of all chunks
   * @param bytes in memory, if all were there
   * @param longestStreams rows of the longest stream of each chunk, by number of the chunk
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Sizes(long rows, long bytes, int[] longestStreams) implements Serializable {
    Sizes and(Sizes other) {
      int[] longest = new int[longestStreams.length];
      Arrays.setAll(longest, i -> Math.max(longestStreams[i], other.longestStreams[i]));
      return new Sizes(rows + other.rows, bytes + other.bytes, longest);
    }
  }
}

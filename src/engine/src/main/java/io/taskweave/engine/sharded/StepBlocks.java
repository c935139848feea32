package io.taskweave.engine.sharded;

import io.taskweave.core.error.RetryException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sparkExtension.SparkExtension;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerWrapper;
import org.apache.spark.storage.StorageLevel;
import scala.Option;

/**
 * Blocks by which the parts of a training hand each other what belongs to one step. The name of a
 * block holds training, step, kind, writer and reader, and its content never changes, so that a
 * reader finds what was meant for this step or nothing.
 */
final class StepBlocks {
  /** What a block holds. */
  enum Kind {
    /** Ids of the rows that the reader shall serve. */
    IDS,
    /** Weights of the rows that were asked for. */
    WEIGHTS,
    /** Gradients of those rows. */
    GRADIENTS,
    /** Single tasks' gradients of dense weights that the reader measures. */
    PROBES,
    /** Ids of the rows that validation reads. */
    SCORED_IDS,
    /** Those ids with their weights. */
    SCORED_WEIGHTS
  }

  private record Written(Kind kind, BlockId name) {}

  private final String training;
  private final List<Written> written = new ArrayList<>();

  StepBlocks(String training) {
    this.training = training;
  }

  private BlockId name(Kind kind, long step, int writer, int reader) {
    return SparkExtension.getLocalBlockId(
        "taskweave-" + training + "-" + step + "-" + kind + "-" + writer + "-" + reader);
  }

  /** A buffer for the content of a block, which starts with its step. */
  static ByteBuffer buffer(long step, long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(Long.BYTES + bytes))
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(step);
  }

  void put(Kind kind, long step, int writer, int reader, ByteBuffer content) {
    BlockId name = name(kind, step, writer, reader);
    synchronized (written) {
      written.add(new Written(kind, name));
    }
    BlockManagerWrapper.putBytes(name, content.clear(), StorageLevel.MEMORY_AND_DISK_SER());
  }

  /**
   * @throws RetryException if the block is not where it was written
   */
  ByteBuffer take(Kind kind, long step, int writer, int reader) {
    BlockId name = name(kind, step, writer, reader);
    Option<ByteBuffer> content = BlockManagerWrapper.getLocalOrRemoteBytes(name);
    ByteBuffer buffer = content.isEmpty() ? null : content.get().order(ByteOrder.LITTLE_ENDIAN);
    if (buffer == null || buffer.getLong() != step) {
      throw new RetryException(
          "Cannot go on training: a block of part "
              + writer
              + " for part "
              + reader
              + " was lost ("
              + name.name()
              + "), resume from the last checkpoint");
    }
    // Content stays as it is, so the lock on it may go before it is read.
    BlockManagerWrapper.unlock(name);
    return buffer;
  }

  /** Removes the blocks of some kinds that were written here, once all are read. */
  void remove(Kind... kinds) {
    synchronized (written) {
      for (Iterator<Written> blocks = written.iterator(); blocks.hasNext(); ) {
        Written block = blocks.next();
        if (List.of(kinds).contains(block.kind())) {
          BlockManagerWrapper.removeBlock(block.name());
          blocks.remove();
        }
      }
    }
  }
}

package io.taskweave.engine.sharded;

import io.taskweave.core.error.RetryException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.sparkExtension.SparkExtension;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManagerId;
import org.apache.spark.storage.BlockManagerWrapper;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.io.ChunkedByteBuffer;
import scala.Option;
import scala.reflect.ClassTag;

/**
 * Blocks by which the parts of a training hand each other what belongs to one step. The name of a
 * block holds training, step, kind, writer and reader, and its content never changes, so that a
 * reader finds what was meant for this step or nothing.
 */
final class StepBlocks {
  /** What a block holds. */
  enum Kind {
    /** Ids of the rows that the reader shall serve. */
    IDS(true),
    /** Weights of the rows that were asked for. */
    WEIGHTS(true),
    /** Gradients of those rows. */
    GRADIENTS(true),
    /** Single tasks' gradients of dense weights that the reader measures. */
    PROBES(true),
    /** Ids of the rows that validation reads. */
    SCORED_IDS(false),
    /** Those ids with their weights. */
    SCORED_WEIGHTS(false);

    private final boolean ofParts;

    /**
     * @param ofParts whether parts of the training hand it to each other, each of which knows where
     *     the others are; Spark's driver needs to know of no such block
     */
    Kind(boolean ofParts) {
      this.ofParts = ofParts;
    }
  }

  private record Written(Kind kind, BlockId name) {}

  private final String training;
  private final List<Written> written = new ArrayList<>();
  private List<BlockManagerId> places = List.of();

  StepBlocks(String training) {
    this.training = training;
  }

  /**
   * @param byPart where each part of the training keeps its blocks
   */
  void open(List<BlockManagerId> byPart) {
    places = byPart;
  }

  static BlockManagerId here() {
    return SparkEnv.get().blockManager().blockManagerId();
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
    SparkEnv.get()
        .blockManager()
        .putBytes(
            name,
            new ChunkedByteBuffer(content.clear()),
            StorageLevel.MEMORY_AND_DISK_SER(),
            !kind.ofParts,
            ClassTag.Any());
  }

  /**
   * @throws RetryException if the block is not where it was written
   */
  ByteBuffer take(Kind kind, long step, int writer, int reader) {
    BlockId name = name(kind, step, writer, reader);
    BlockManagerId place = kind.ofParts ? places.get(writer) : here();
    try {
      ByteBuffer content = place.equals(here()) ? found(name) : fetched(name, place);
      if (content != null && content.order(ByteOrder.LITTLE_ENDIAN).getLong() == step) {
        return content;
      }
    } catch (Exception e) {
      // Scala declares no checked exceptions, and a failed fetch is one.
      throw lost(name, writer, reader, e);
    }
    throw lost(name, writer, reader, null);
  }

  private static ByteBuffer found(BlockId name) {
    Option<ByteBuffer> content = BlockManagerWrapper.getLocalOrRemoteBytes(name);
    if (content.isEmpty()) {
      return null;
    }
    // Content stays as it is, so the lock on it may go before it is read.
    BlockManagerWrapper.unlock(name);
    return content.get();
  }

  /** Straight from its place, without a question to Spark's driver where that is. */
  private static ByteBuffer fetched(BlockId name, BlockManagerId place) throws IOException {
    return SparkEnv.get()
        .blockManager()
        .blockTransferService()
        .fetchBlockSync(place.host(), place.port(), place.executorId(), name.name(), null)
        .nioByteBuffer();
  }

  private static RetryException lost(BlockId name, int writer, int reader, Exception cause) {
    return new RetryException(
        "Cannot go on training: a block of part "
            + writer
            + " for part "
            + reader
            + " was lost ("
            + name.name()
            + "), resume from the last checkpoint",
        cause);
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

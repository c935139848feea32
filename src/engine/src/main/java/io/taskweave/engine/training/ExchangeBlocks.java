package io.taskweave.engine.training;

import java.util.concurrent.CompletableFuture;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockInfo;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.BlockManagerWrapper;
import org.apache.spark.storage.TestBlockId;
import scala.Option;
import scala.collection.Iterator;

/**
 * The blocks through which BigDL exchanges gradients and weights, some 20 bytes a parameter. It
 * makes new ones for each training and removes none.
 */
public final class ExchangeBlocks {
  private ExchangeBlocks() {}

  /**
   * Removes the blocks from every executor, once no training runs.
   *
   * @param everywhere cached with one partition an executor
   */
  public static void remove(JavaRDD<?> everywhere) {
    everywhere.foreachPartition(partition -> removeHere());
  }

  /**
   * BigDL reads a gradient block in its own threads and never releases it, so that each step leaves
   * a read lock, and removal waits for ever. Spark books such a lock under no task, and only a
   * thread that runs no task can release it.
   */
  private static synchronized void removeHere() {
    CompletableFuture.runAsync(
            () -> {
              BlockManager manager = SparkEnv.get().blockManager();
              Iterator<BlockId> blocks =
                  manager.getMatchingBlockIds(id -> id instanceof TestBlockId).iterator();
              while (blocks.hasNext()) {
                BlockId block = blocks.next();
                Option<BlockInfo> info = manager.blockInfoManager().get(block);
                while (info.isDefined() && info.get().readerCount() > 0) {
                  BlockManagerWrapper.unlock(block);
                }
                manager.removeBlock(block, true);
              }
            },
            command -> {
              Thread thread = new Thread(command, "taskweave-block-removal");
              thread.setDaemon(true);
              thread.start();
            })
        .join();
  }
}

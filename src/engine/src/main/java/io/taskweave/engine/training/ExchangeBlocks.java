package io.taskweave.engine.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockId;
import scala.collection.JavaConverters;

/** Blocks through which BigDL exchanges weights and gradients, and which it never removes. */
final class ExchangeBlocks {
  private static final Pattern NAME =
      Pattern.compile(
          "test_\\d+(_\\d+)?(weight|gradient)(Bytes)?\\d+|test_\\d+(weights|gradients)\\d+");

  private ExchangeBlocks() {}

  /** Removes those of every executor; one training runs in an application at a time. */
  static void remove(SparkContext context, int executors) {
    if (context.isStopped()) {
      return;
    }
    List<Integer> each = new ArrayList<>(Collections.nCopies(executors, 0));
    new JavaSparkContext(context)
        .parallelize(each, executors)
        .foreachPartition(ignored -> names().forEach(ExchangeBlocks::remove));
  }

  static List<BlockId> names() {
    return JavaConverters.seqAsJavaList(
            SparkEnv.get()
                .blockManager()
                .getMatchingBlockIds(block -> NAME.matcher(block.name()).matches()))
        .stream()
        .toList();
  }

  private static void remove(BlockId block) {
    SparkEnv.get().blockManager().removeBlock(block, true);
  }
}

package io.taskweave.engine.training;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.engine.cluster.BlasSelfTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.storage.BlockManagerMaster;
import org.apache.spark.storage.RDDBlockId;
import scala.Tuple2;

/**
 * The executors that a training runs on, one task each.
 *
 * @param executors their number
 * @param cores of each, a thread a core
 */
public record TrainingCluster(int executors, int cores) {
  /** How Spark begins the reason of a task that has ended with its executor. */
  private static final String EXECUTOR_LOST = "ExecutorLostFailure";

  /** Begins what Spark says of a barrier job that has waited for executors in vain. */
  private static final String NO_ROOM = "SPARK-24819";

  /** How Linux says so. */
  private static final String DISK_FULL = "No space left on device";

  /**
   * @throws ConfigurationException if the plan does not divide over this cluster
   */
  public void check(TrainingPlan plan) {
    List<String> problems = new ArrayList<>();
    if (plan.streams() < 1 || plan.streams() % (executors * cores) != 0) {
      problems.add(
          "streams must be a multiple of executors x cores ("
              + plan.streams()
              + " streams, "
              + executors
              + " x "
              + cores
              + ")");
    }
    if (plan.batchSize() < 1 || plan.streams() < 1 || plan.batchSize() % plan.streams() != 0) {
      problems.add(
          "batch size must be a multiple of streams ("
              + plan.batchSize()
              + ", "
              + plan.streams()
              + " streams)");
    }
    if (plan.maxEpochs() < 1 || plan.checkpointsKept() < 1 || plan.patience() < 1) {
      problems.add("epochs, patience and checkpoints kept must be at least 1");
    }
    if (!(plan.learningRate() > 0)) {
      problems.add("learning rate must be positive");
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(
          "Cannot train: " + String.join("; ", problems) + ", change the plan or the cluster");
    }
  }

  /** The matrix products of the driver and of each executor. */
  public static SortedMap<String, BlasSelfTest> products(JavaRDD<? extends SampleChunks> streams) {
    SortedMap<String, BlasSelfTest> byExecutor = new TreeMap<>();
    byExecutor.put("driver", BlasSelfTest.run());
    streams
        .mapPartitions(
            partition ->
                List.of(new Tuple2<>(SparkEnv.get().executorId(), BlasSelfTest.run())).iterator())
        .collect()
        .forEach(test -> byExecutor.put(test._1(), test._2()));
    return byExecutor;
  }

  /**
   * Spark drops what does not fit without a word, and would load it anew at each step.
   *
   * @throws ConfigurationException if samples do not stay in memory
   */
  public static void requireCached(JavaRDD<? extends SampleChunks> streams) {
    int cached = cached(streams).size();
    if (cached < streams.getNumPartitions()) {
      throw new ConfigurationException(
          "Cannot train: the samples do not stay in memory ("
              + cached
              + " of "
              + streams.getNumPartitions()
              + " parts), give executors more memory or use more of them");
    }
  }

  /** The partitions that executors hold. */
  static List<Integer> cached(JavaRDD<? extends SampleChunks> streams) {
    BlockManagerMaster master = SparkEnv.get().blockManager().master();
    List<Integer> cached = new ArrayList<>();
    for (int partition = 0; partition < streams.getNumPartitions(); partition++) {
      if (master.contains(new RDDBlockId(streams.id(), partition))) {
        cached.add(partition);
      }
    }
    return cached;
  }

  private static String lineWith(String part, String text) {
    return text.lines().filter(line -> line.contains(part)).findFirst().orElse(part).strip();
  }

  private static String text(String what, String line, String advice) {
    return what + " (" + line + "), " + advice;
  }

  /**
   * What a task has thrown: Spark and BigDL wrap it several times over, Spark in a checked
   * exception that Scala does not declare.
   */
  public static RuntimeException reason(Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof TaskweaveException known) {
        return known;
      }
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (message.contains(EXECUTOR_LOST)) {
        return new RetryException(
            text(
                "Cannot go on training: an executor was lost",
                lineWith(EXECUTOR_LOST, message),
                "resume from the last checkpoint"),
            failure);
      }
      if (message.contains(NO_ROOM)) {
        return new RetryException(
            text(
                "Cannot go on training: not all executors are there",
                lineWith(NO_ROOM, message),
                "start it again when they are"),
            failure);
      }
      Optional<TaskweaveException> thrown = ThrownInText.first(message, failure);
      if (thrown.isPresent()) {
        return thrown.get();
      }
      if (message.contains(DISK_FULL)) {
        return new ConfigurationException(
            text(
                "Cannot train: a disk is full",
                lineWith(DISK_FULL, message),
                "give the folders of spark.local.dir more room"),
            failure);
      }
    }
    return failure instanceof RuntimeException unchecked
        ? unchecked
        : new IllegalStateException("Cannot train: " + failure.getMessage(), failure);
  }
}

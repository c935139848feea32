package io.taskweave.engine.sharded;

import io.taskweave.core.error.RetryException;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.engine.training.TrainingCluster;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.SparkContext;
import scala.collection.JavaConverters;

/**
 * Ends the jobs of a training when one of its executors is gone. Spark lets a task that belongs to
 * it wait as long as {@code spark.locality.wait}, which a training needs to be long.
 */
final class ExecutorWatch implements AutoCloseable {
  private static final long LOOK_MILLIS = 500;

  private final SparkContext context;
  private final String tag;
  private final Set<String> executors;
  private final Thread thread = new Thread(this::watch, "taskweave-executors");
  private volatile String lost;

  /**
   * Watches the executors that run now.
   *
   * @param tag of the jobs that this thread starts from now on, unlike that of any other training
   */
  ExecutorWatch(SparkContext context, String tag) {
    this.context = context;
    this.tag = tag;
    this.executors = context.isLocal() ? Set.of() : present();
    context.addJobTag(tag);
    thread.setDaemon(true);
    thread.start();
  }

  private Set<String> present() {
    return new TreeSet<>(JavaConverters.asJavaCollection(context.getExecutorIds()));
  }

  private void watch() {
    try {
      while (!executors.isEmpty() && !context.isStopped()) {
        Thread.sleep(LOOK_MILLIS);
        Set<String> present = present();
        if (!present.containsAll(executors)) {
          lost = executors + " at its start, now " + present;
          // Spark forgets a cancellation: what the training begins after it needs another.
          context.cancelJobsWithTag(tag);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Why a training has failed. */
  RuntimeException reason(Exception failure) {
    RuntimeException reason = TrainingCluster.reason(failure);
    return lost == null || reason instanceof TaskweaveException
        ? reason
        : new RetryException(
            "Cannot go on training: an executor was lost ("
                + lost
                + "), resume from the last checkpoint",
            failure);
  }

  /** Jobs that this thread starts from now on run whatever happens. */
  @Override
  public void close() {
    thread.interrupt();
    context.removeJobTag(tag);
  }
}

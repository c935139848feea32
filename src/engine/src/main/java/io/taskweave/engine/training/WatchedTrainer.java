package io.taskweave.engine.training;

import io.taskweave.core.error.StalledException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a training in which nothing moves. A finished step moves it, and so does any task of Spark
 * that ends well: loading samples, validation and checkpoints may take as long as they need while
 * they get on. Training runs in a thread of its own, so a driver that hangs is left behind too.
 */
public final class WatchedTrainer implements Trainer {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedTrainer.class);
  private static final String JOBS = "taskweave training";

  /** How long a training that is told to end may take to do so. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** Between two times that it is told. */
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final Trainer trainer;
  private final SparkContext spark;
  private final Duration limit;

  /**
   * @param limit longest time in which nothing moves, above 0
   */
  public WatchedTrainer(Trainer trainer, SparkContext spark, Duration limit) {
    this.trainer = trainer;
    this.spark = spark;
    this.limit = limit;
  }

  /**
   * As the watched trainer does.
   *
   * @throws StalledException if nothing has moved for longer than the limit
   */
  @Override
  public TrainingOutcome train(
      TrainingPlan plan,
      TrainingData data,
      Path runFolder,
      boolean resume,
      TrainingListener listener) {
    Movement movement = new Movement();
    FutureTask<TrainingOutcome> training =
        new FutureTask<>(
            () -> {
              spark.setJobGroup(JOBS, "training", true);
              return trainer.train(plan, data, runFolder, resume, listener.and(movement));
            });
    Thread thread = new Thread(training, "taskweave-training");
    thread.setDaemon(true);
    spark.addSparkListener(movement.tasks());
    thread.start();
    try {
      return outcome(training, movement);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot go on training: interrupted", e);
    } finally {
      spark.removeSparkListener(movement.tasks());
      end(thread);
    }
  }

  private TrainingOutcome outcome(FutureTask<TrainingOutcome> training, Movement movement)
      throws InterruptedException {
    while (true) {
      long left = limit.toNanos() - movement.still();
      if (left <= 0) {
        throw stalled(movement);
      }
      try {
        return training.get(left, TimeUnit.NANOSECONDS);
      } catch (TimeoutException stillAtWork) {
        LOG.debug("No end of the training yet", stillAtWork);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException failure
            ? failure
            : new IllegalStateException("Cannot train: " + e.getCause(), e.getCause());
      }
    }
  }

  private StalledException stalled(Movement movement) {
    return new StalledException(
        String.format(
            Locale.ROOT,
            "Cannot go on training: no step and no task has finished for %.0f s (after step %d;"
                + " training.stall-timeout is %.1f s), look for the reason in the logs of the"
                + " executors and train with --resume",
            movement.still() * 1e-9,
            movement.step(),
            limit.toMillis() * 1e-3));
  }

  /** Whatever still runs of it is told to end; what does not listen ends with the process. */
  private void end(Thread thread) {
    if (!thread.isAlive()) {
      return;
    }
    long start = System.nanoTime();
    try {
      do {
        cancelJobs();
        thread.interrupt();
        thread.join(PAUSE.toMillis());
      } while (thread.isAlive() && System.nanoTime() - start < GRACE.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Spark forgets a cancellation: a job that the thread began after the last one runs on.
    cancelJobs();
    if (thread.isAlive()) {
      LOG.warn("The stalled training does not end, it is left behind");
    }
  }

  /** A context that has stopped has no jobs and refuses; why the training ends matters more. */
  private void cancelJobs() {
    try {
      spark.cancelJobGroup(JOBS);
    } catch (RuntimeException e) {
      LOG.debug("Cannot cancel the jobs of the training", e);
    }
  }

  /** When something has moved last. */
  private static final class Movement implements TrainingListener {
    private volatile long last = System.nanoTime();
    private volatile long step;
    private final SparkListener tasks =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            if (end.reason() == Success$.MODULE$) {
              last = System.nanoTime();
            }
          }
        };

    SparkListener tasks() {
      return tasks;
    }

    /** Nanoseconds in which nothing has moved. */
    long still() {
      return System.nanoTime() - last;
    }

    long step() {
      return step;
    }

    @Override
    public void step(Step finished) {
      step = finished.step();
      last = System.nanoTime();
    }
  }
}

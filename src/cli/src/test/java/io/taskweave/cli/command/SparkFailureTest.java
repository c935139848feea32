package io.taskweave.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchException;

import io.taskweave.cli.configuration.SparkConfiguration;
import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.error.StalledException;
import io.taskweave.engine.training.Trainer;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.WatchedTrainer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparkFailureTest {
  private static final SparkConfiguration CONFIGURATION =
      new SparkConfiguration("local[1]", 1, Duration.ofSeconds(10), 1 << 20, new TreeMap<>());

  private static final int LONGER_THAN_A_STOP = 60_000;
  private static final Thread STOPPING =
      new Thread(null, () -> SparkContext.getOrCreate().stop(), "stopping-spark", 0, false);

  @Test
  void whatFailsSinceSparkHasStoppedMayBeTriedAgain() throws InterruptedException {
    SparkSession spark =
        SparkSession.builder().master("local[1]").config("spark.ui.enabled", "false").getOrCreate();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Exception running =
        catchException(() -> context.parallelize(List.of(1), 1).foreach(SparkFailureTest::stop));
    assertAsksForARetry(running, "cancelled because SparkContext was shut down");
    assertAsksForARetry(
        catchException(() -> context.parallelize(List.of(1), 1).count()),
        "Cannot call methods on a stopped SparkContext.");
    assertAsksForARetry(catchException(() -> spark.range(9).count()), "stopped");
    // Whoever opens Spark next would get this context as long as it is not gone.
    STOPPING.join();
  }

  @Test
  void soMayWhateverFailsBesideASparkThatHasStoppedByItself() {
    RuntimeException fault = new IllegalStateException("a part of Spark is null\n\tat it");
    SparkSession first = EmbeddedSpark.open("first", CONFIGURATION);
    assertThat(SparkFailure.reason(fault)).isSameAs(fault);
    first.sparkContext().stop();
    assertAsksForARetry(fault, "(a part of Spark is null)");
    EmbeddedSpark.close(first);
    assertAsksForARetry(fault, "(a part of Spark is null)");

    SparkSession second = EmbeddedSpark.open("second", CONFIGURATION);
    assertThat(SparkFailure.reason(fault)).isSameAs(fault);
    EmbeddedSpark.close(second);
    assertThat(SparkFailure.reason(fault)).isSameAs(fault);
  }

  @Test
  void aTrainingThatHasStalledHasDoneSoThoughSparkStopsAsItEnds() {
    SparkSession spark = EmbeddedSpark.open("stalled", CONFIGURATION);
    SparkContext context = spark.sparkContext();
    CountDownLatch never = new CountDownLatch(1);
    Trainer hanging =
        (plan, data, runFolder, resume, listener) -> {
          try {
            never.await();
          } catch (InterruptedException told) {
            context.stop();
          }
          return null;
        };
    WatchedTrainer watched = new WatchedTrainer(hanging, context, Duration.ofMillis(100));
    Exception stalled =
        catchException(() -> watched.train(null, null, null, false, TrainingListener.NONE));
    assertThat(context.isStopped()).isTrue();
    EmbeddedSpark.close(spark);
    assertThat(SparkFailure.reason(stalled)).isInstanceOf(StalledException.class);
  }

  private static void stop(int ignored) throws InterruptedException {
    STOPPING.start();
    Thread.sleep(LONGER_THAN_A_STOP);
  }

  private static void assertAsksForARetry(Exception failure, String because) {
    assertThat(SparkFailure.reason(failure))
        .isInstanceOfSatisfying(
            RetryException.class, retry -> assertThat(retry.exitCode()).isEqualTo(ExitCode.RETRY))
        .hasMessageStartingWith("Cannot go on: Spark has stopped (")
        .hasMessageContaining(because)
        .hasMessageEndingWith("run the command again, and an unfinished training with --resume")
        .hasCause(failure);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Job aborted due to stage failure: Master removed our application: KILLED",
        "Job aborted due to stage failure: All masters are unresponsive! Giving up."
      })
  void soMayWhatALostMasterEnds(String message) {
    Exception failure = new IOException(message);
    assertAsksForARetry(new IllegalStateException("Cannot train", failure), message);
  }

  @Test
  void otherFailuresAreWhatTheyWere() {
    RuntimeException unknown = new IllegalStateException("a fault");
    assertThat(SparkFailure.reason(unknown)).isSameAs(unknown);
    RuntimeException known =
        new InputRejectedException("Cannot read it", new IOException("stopped SparkContext"));
    assertThat(SparkFailure.reason(known)).isSameAs(known);
    assertThat(SparkFailure.reason(new IOException("a fault")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a fault");
  }
}

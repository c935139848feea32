package io.taskweave.engine.training;

import static io.taskweave.engine.training.TinyTraining.plan;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.StalledException;
import io.taskweave.core.error.TrainingDivergedException;
import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.LocalSpark;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WatchedTrainerTest {
  private static final Duration SHORT = Duration.ofMillis(500);
  private static final CountDownLatch NEVER = new CountDownLatch(1);
  private static final CountDownLatch STARTED = new CountDownLatch(1);
  private static final CountDownLatch INTERRUPTED = new CountDownLatch(1);

  private static final TrainingListener.Step STEP =
      new TrainingListener.Step(17, 100, 1, 1, 1, new TreeMap<>());

  @TempDir java.nio.file.Path folder;

  private Path run() {
    return new Path(folder.toUri());
  }

  private static TrainingOutcome watch(
      Trainer trainer, Duration limit, TrainingPlan plan, TrainingData data, Path run) {
    return new WatchedTrainer(trainer, LocalSpark.session().sparkContext(), limit)
        .train(plan, data, run, false, TrainingListener.NONE);
  }

  /** What is loaded once must not be loaded by a training that is interrupted. */
  @BeforeAll
  static void trainOnce(@TempDir java.nio.file.Path other) {
    TinyTraining.train(plan(1, TableDecay.NONE, 1, 1e-2), new Path(other.toUri()), false);
  }

  private static Row never(Row row) throws InterruptedException {
    NEVER.await();
    return row;
  }

  @Test
  void samplesThatNeverComeEndTheTraining() {
    TrainingData data = TinyTraining.data();
    Dataset<Row> train = data.train();
    Dataset<Row> stuck =
        train.map((MapFunction<Row, Row>) WatchedTrainerTest::never, train.encoder());
    assertThatThrownBy(
            () ->
                watch(
                    TinyTraining.trainer(),
                    SHORT,
                    plan(),
                    new TrainingData(stuck, data.validation()),
                    run()))
        .isInstanceOfSatisfying(
            StalledException.class,
            stalled -> assertThat(stalled.exitCode()).isEqualTo(ExitCode.STALLED))
        .hasMessageContaining("Cannot go on training: no step and no task has finished for ")
        .hasMessageContaining("(after step 0; training.stall-timeout is 0.5 s)");
  }

  @Test
  void aTaskThatHangsIsInterrupted() throws InterruptedException {
    Trainer hanging =
        (plan, data, runFolder, resume, listener) -> {
          JavaFutureAction<Void> tasks =
              new JavaSparkContext(LocalSpark.session().sparkContext())
                  .parallelize(List.of(1), 1)
                  .foreachAsync(WatchedTrainerTest::hang);
          try {
            while (!STARTED.await(50, TimeUnit.MILLISECONDS)) {
              listener.step(STEP);
            }
            tasks.get();
          } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
          }
          return null;
        };
    assertThatThrownBy(() -> watch(hanging, SHORT, plan(), TinyTraining.data(), run()))
        .isInstanceOf(StalledException.class);
    assertThat(INTERRUPTED.await(60, TimeUnit.SECONDS)).isTrue();
  }

  private static void hang(int ignored) throws InterruptedException {
    STARTED.countDown();
    try {
      NEVER.await();
    } catch (InterruptedException e) {
      INTERRUPTED.countDown();
      throw e;
    }
  }

  @Test
  void aDriverThatHangsAfterAStepEndsTheTraining() {
    Trainer hanging =
        (plan, data, runFolder, resume, listener) -> {
          listener.step(STEP);
          try {
            NEVER.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return null;
        };
    assertThatThrownBy(() -> watch(hanging, SHORT, plan(), TinyTraining.data(), run()))
        .isInstanceOf(StalledException.class)
        .hasMessageContaining("(after step 17; ");
  }

  @Test
  void aTrainingThatMovesIsLeftAlone() {
    assertThat(
            watch(
                    TinyTraining.trainer(),
                    Duration.ofMinutes(30),
                    plan(),
                    TinyTraining.data(),
                    run())
                .epochs())
        .isEqualTo(2);
  }

  @Test
  void otherFailuresPassAsTheyAre() {
    TrainingPlan diverging = plan(3, TableDecay.NONE, 0, 1e30);
    assertThatThrownBy(
            () ->
                watch(
                    TinyTraining.trainer(),
                    Duration.ofMinutes(30),
                    diverging,
                    TinyTraining.data(),
                    run()))
        .isInstanceOf(TrainingDivergedException.class);
  }
}

package io.taskweave.engine.sharded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.error.RetryException;
import io.taskweave.core.error.StalledException;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.core.error.TrainingDivergedException;
import io.taskweave.engine.LocalSpark;
import io.taskweave.engine.training.TrainingCluster;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import scala.Function1;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;

class BarrierMeetingTest {
  private static final int MEETINGS = 50;

  private interface Task
      extends Function1<Iterator<Integer>, Iterator<List<List<String>>>>, Serializable {}

  private static List<List<List<String>>> run(Task task) {
    ClassTag<List<List<String>>> any = ClassTag.apply(Object.class);
    JavaRDD<Integer> parts =
        JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext())
            .parallelize(List.of(0, 1), 2);
    return JavaRDD.fromRDD(parts.rdd().barrier().mapPartitions(task, false, any), any).collect();
  }

  private static Iterator<List<List<String>>> heard(List<List<String>> heard) {
    return JavaConverters.asScalaIterator(List.of(heard).iterator());
  }

  @Test
  void everyPartHearsAllInTheirOrder() {
    List<List<List<String>>> heard =
        run(
            ignored -> {
              Meeting meeting = new BarrierMeeting();
              int part = TaskContext.getPartitionId();
              meeting.await();
              return heard(
                  List.of(meeting.exchange("first " + part), meeting.exchange("second " + part)));
            });
    assertThat(heard)
        .hasSize(2)
        .allSatisfy(
            part ->
                assertThat(part)
                    .containsExactly(
                        List.of("first 0", "first 1"), List.of("second 0", "second 1")));
  }

  /** Spark's own barrier would take a second a time. */
  @Test
  void nobodySleepsOnceAllHaveCome() {
    long start = System.nanoTime();
    run(
        ignored -> {
          Meeting meeting = new BarrierMeeting();
          for (int i = 0; i < MEETINGS; i++) {
            meeting.await();
          }
          return heard(List.of());
        });
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isLessThan(Duration.ofSeconds(MEETINGS / 2));
  }

  static List<TaskweaveException> failures() {
    return List.of(
        new CheckpointException("Cannot resume: another optimizer (adam), train anew"),
        new ConfigurationException("Cannot train: a disk is full (9), give it more room"),
        new InputRejectedException("Cannot look up history: id outside table (7), encode it"),
        new OutputConflictException("Cannot write it: it is there (x), remove it"),
        new RetryException("Cannot go on: part 1 was lost (7), resume"),
        new StalledException("Cannot go on: nothing has happened (9 s), resume"),
        new TrainingDivergedException("Cannot go on: the loss is no number (NaN), lower the rate"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  @Timeout(30)
  void aPartThatWaitsEndsWhenAnotherFailsAndTheReasonIsKept(TaskweaveException thrown) {
    assertThatThrownBy(
            () -> {
              try {
                run(
                    ignored -> {
                      if (TaskContext.getPartitionId() == 1) {
                        throw thrown;
                      }
                      new BarrierMeeting().await();
                      return heard(List.of());
                    });
              } catch (Exception e) {
                throw TrainingCluster.reason(e);
              }
            })
        .isInstanceOf(thrown.getClass())
        .hasMessage(thrown.getMessage());
    // Its core is free again.
    run(
        ignored -> {
          new BarrierMeeting().await();
          return heard(List.of());
        });
  }

  @Test
  void whatATaskHasThrownIsPreferredToTheTextOfIt() {
    TaskweaveException thrown = new CheckpointException("Cannot resume:\nno such step (3), go on");
    assertThat(TrainingCluster.reason(new IOException("Task 0 failed: " + thrown, thrown)))
        .isSameAs(thrown);
    assertThat(
            TrainingCluster.reason(
                new IOException(
                    "Task 0 failed: "
                        + new RetryException("Cannot read (x), wait")
                        + "\n"
                        + thrown)))
        .isInstanceOf(RetryException.class)
        .hasMessage("Cannot read (x), wait");
  }
}

package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.engine.cluster.TrainingSettings;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.TrainingData;
import io.taskweave.engine.training.TrainingListener;
import io.taskweave.engine.training.TrainingPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.function.Function;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * Whole training steps, exchange and update included. The peer has its turn between two of them,
 * while the trainer waits.
 */
final class TrainerSteps {
  private final Settings settings;
  private final TrainingPlan plan;
  private final RowUpdates updates;
  private final int warmSteps;

  /**
   * @param warmSteps first steps, which do not count
   */
  TrainerSteps(Settings settings, TrainingPlan plan, RowUpdates updates, int warmSteps) {
    this.settings = settings;
    this.plan = plan;
    this.updates = updates;
    this.warmSteps = warmSteps;
  }

  /** Rows to train on, so that there are enough steps. */
  long rows() {
    return (long) (warmSteps + settings.rounds()) * plan.batchSize();
  }

  /**
   * Measures both sides.
   *
   * @param data makes {@link #rows} samples
   * @param peer answers a number of steps with the {@code seconds} that they took
   */
  void measure(Function<SparkSession, TrainingData> data, Peer peer, ObjectNode result)
      throws IOException {
    String threads = Integer.toString(settings.threads());
    Rounds rounds = new Rounds();
    result.put("peer", peer.ask(Integer.toString(warmSteps)).path("peer").asText());
    try (SparkSession spark =
        LocalSpark.open(settings, TrainingSettings.pinned("local[" + threads + "]", threads))) {
      java.nio.file.Path run = Files.createTempDirectory(settings.scratch(), "run");
      new ShardedTrainer(spark, updates, 0)
          .train(plan, data.apply(spark), new Path(run.toUri()), false, listener(peer, rounds));
    }
    rounds.describe("samples_per_second", result);
    result.put("batch", plan.batchSize());
    result.put("threads", settings.threads());
    result.put("parameters", plan.model().create(plan.layout()).parameters().size());
  }

  private TrainingListener listener(Peer peer, Rounds rounds) {
    return new TrainingListener() {
      @Override
      public void step(Step step) {
        if (step.step() <= warmSteps) {
          return;
        }
        try {
          double seconds = peer.ask("1").path("seconds").asDouble();
          rounds.add(step.samplesPerSecond(), plan.batchSize() / seconds);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }
}

package io.taskweave.cli.command;

import io.taskweave.cli.configuration.DominanceConfiguration;
import io.taskweave.cli.configuration.OptimizerConfiguration;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.TrainingConfiguration;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.DominancePlan;
import io.taskweave.engine.training.LearningRateSchedule;
import io.taskweave.engine.training.Trainer;
import io.taskweave.engine.training.TrainingPlan;
import io.taskweave.engine.training.WatchedTrainer;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;

/** Turns a configuration into the plan of a training. */
final class TrainingPlans {
  private TrainingPlans() {}

  /** What carries a plan out. */
  static Trainer trainer(TrainingConfiguration training, SparkSession spark) {
    RowUpdates updates =
        RowUpdates.valueOf(training.rowUpdates().toUpperCase(Locale.ROOT).replace('-', '_'));
    Trainer trainer =
        new ShardedTrainer(
            spark,
            updates,
            training.rowLifetime(),
            training.checkpointSteps(),
            training.sampleMemory());
    return training.stallTimeout().isZero()
        ? trainer
        : new WatchedTrainer(trainer, spark.sparkContext(), training.stallTimeout());
  }

  static TrainingPlan of(PipelineConfiguration configuration, SampleLayout layout, int streams) {
    TrainingConfiguration training = configuration.training();
    return TrainingPlan.builder(layout, configuration.model().spec())
        .seed(training.seed().orElse(configuration.workspace().seed()))
        .batchSize(training.batchSize())
        .maxEpochs(training.maxEpochs())
        .streams(streams)
        .learningRate(training.optimizer().learningRate())
        .weighting(training.loss().lossWeighting(layout.tasks()))
        .combination(training.loss().gradientCombination())
        .clipping(training.loss().clipping())
        .optimizer(optimizer(training.optimizer(), layout.tasks()))
        .decay(training.tableDecay())
        .schedule(schedule(training))
        .patience(training.patience())
        .minImprovement(training.minimumImprovement())
        .checkpointsKept(training.keepCheckpoints())
        .dominance(plan(training.dominance()))
        .build();
  }

  private static LearningRateSchedule schedule(TrainingConfiguration training) {
    return switch (training.schedule()) {
      case "constant" -> new LearningRateSchedule.Constant();
      case "step" ->
          new LearningRateSchedule.Step(training.scheduleEvery(), training.scheduleFactor());
      default ->
          new LearningRateSchedule.Plateau(
              training.scheduleFactor(), training.minimumLearningRate());
    };
  }

  private static DominancePlan plan(DominanceConfiguration dominance) {
    return new DominancePlan(
        dominance.enabled(), dominance.decay(), dominance.burstSteps(), dominance.sample());
  }

  private static OptimizerSpec optimizer(OptimizerConfiguration optimizer, List<String> tasks) {
    List<Double> weights =
        optimizer.stepWeights().isEmpty()
            ? List.of()
            : tasks.stream().map(task -> optimizer.stepWeights().getOrDefault(task, 1.0)).toList();
    return new OptimizerSpec(optimizer.rule(), optimizer.perTask(), weights);
  }
}

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
    return new TrainingPlan(
        layout,
        configuration.model().spec(),
        training.seed().orElse(configuration.workspace().seed()),
        training.batchSize(),
        training.maxEpochs(),
        streams,
        training.optimizer().learningRate(),
        training.loss().lossWeighting(layout.tasks()),
        training.loss().gradientCombination(),
        training.loss().clipping(),
        optimizer(training.optimizer(), layout.tasks()),
        training.tableDecay(),
        switch (training.schedule()) {
          case "constant" -> new LearningRateSchedule.Constant();
          case "step" ->
              new LearningRateSchedule.Step(training.scheduleEvery(), training.scheduleFactor());
          default ->
              new LearningRateSchedule.Plateau(
                  training.scheduleFactor(), training.minimumLearningRate());
        },
        training.patience(),
        training.minimumImprovement(),
        training.keepCheckpoints(),
        plan(training.dominance()));
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

package io.taskweave.cli.command;

import io.taskweave.cli.configuration.DominanceConfiguration;
import io.taskweave.cli.configuration.OptimizerConfiguration;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.TrainingConfiguration;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.OptimizerSpec;
import io.taskweave.engine.sharded.RowLifetime;
import io.taskweave.engine.sharded.RowUpdates;
import io.taskweave.engine.sharded.ShardedTrainer;
import io.taskweave.engine.training.DominancePlan;
import io.taskweave.engine.training.LearningRateSchedule;
import io.taskweave.engine.training.StockTrainer;
import io.taskweave.engine.training.Trainer;
import io.taskweave.engine.training.TrainingPlan;
import io.taskweave.engine.training.WatchedTrainer;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;

/** Turns a configuration into the plan of a training. */
final class TrainingPlans {
  private TrainingPlans() {}

  /**
   * The engine that carries a plan out.
   *
   * @throws ConfigurationException if a setting belongs to the other engine
   */
  static Trainer trainer(TrainingConfiguration training, SparkSession spark) {
    Trainer engine = engine(training, spark);
    return training.stallTimeout().isZero()
        ? engine
        : new WatchedTrainer(engine, spark.sparkContext(), training.stallTimeout());
  }

  private static Trainer engine(TrainingConfiguration training, SparkSession spark) {
    RowUpdates updates =
        RowUpdates.valueOf(training.rowUpdates().toUpperCase(Locale.ROOT).replace('-', '_'));
    if (training.engine().equals("sharded")) {
      return new ShardedTrainer(spark, updates, training.rowLifetime(), training.checkpointSteps());
    }
    if (updates != RowUpdates.DENSE
        || training.checkpointSteps() > 0
        || !training.rowLifetime().equals(RowLifetime.UNBOUNDED)) {
      throw new ConfigurationException(
          "Cannot train: the stock engine holds and updates every row and writes checkpoints at the"
              + " end of an epoch (training.row-updates "
              + training.rowUpdates()
              + ", training.checkpoint-steps "
              + training.checkpointSteps()
              + ", training.rows "
              + training.rowLifetime()
              + "), set training.engine to sharded");
    }
    return new StockTrainer(spark);
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

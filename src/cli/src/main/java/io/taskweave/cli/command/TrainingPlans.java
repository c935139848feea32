package io.taskweave.cli.command;

import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.cli.configuration.TrainingConfiguration;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.Adam;
import io.taskweave.engine.training.LearningRateSchedule;
import io.taskweave.engine.training.TrainingPlan;

/** Turns a configuration into the plan of a training. */
final class TrainingPlans {
  private TrainingPlans() {}

  static TrainingPlan of(PipelineConfiguration configuration, SampleLayout layout, int streams) {
    TrainingConfiguration training = configuration.training();
    return new TrainingPlan(
        layout,
        configuration.model().spec(),
        training.seed().orElse(configuration.workspace().seed()),
        training.batchSize(),
        training.maxEpochs(),
        streams,
        training.learningRate(),
        new Adam(training.beta1(), training.beta2(), training.epsilon()),
        training.tableDecay(),
        training.clipNorm(),
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
        training.keepCheckpoints());
  }
}

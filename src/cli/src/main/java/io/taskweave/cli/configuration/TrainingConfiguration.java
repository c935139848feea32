package io.taskweave.cli.configuration;

import io.taskweave.core.update.TableDecay;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.sharded.RowLifetime;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How the model is trained.
 *
 * @param rowUpdates what a step does to rows that its batch does not hold: {@code dense}, {@code
 *     lazy} or {@code catch-up}
 * @param rowLifetime from when on and until when an id has a row
 * @param checkpointSteps steps between two checkpoints within an epoch; 0 for none
 * @param sampleMemory that the training samples of an executor may take
 * @param warmStart folder of a finished run whose best weights training starts from
 * @param stallTimeout longest time in which nothing moves; 0 for any
 * @param seed of initial weights, order of samples and dropout; that of all random decisions where
 *     it is empty
 * @param batchSize rows of a global batch
 * @param optimizer update rule and step weights
 * @param loss how losses become one gradient a task, or one for all
 * @param schedule {@code constant}, {@code step} or {@code plateau}
 * @param scheduleFactor multiplies the learning rate at a step or plateau
 * @param scheduleEvery epochs between two steps
 * @param patience epochs without improvement after which training ends
 */
public record TrainingConfiguration(
    String rowUpdates,
    RowLifetime rowLifetime,
    int checkpointSteps,
    SampleMemory sampleMemory,
    Optional<String> warmStart,
    Duration stallTimeout,
    OptionalLong seed,
    int batchSize,
    int maxEpochs,
    OptimizerConfiguration optimizer,
    LossConfiguration loss,
    TableDecay tableDecay,
    String schedule,
    double scheduleFactor,
    double minimumLearningRate,
    int scheduleEvery,
    int patience,
    double minimumImprovement,
    int keepCheckpoints,
    DominanceConfiguration dominance) {
  static final String ROW_UPDATES = "row-updates";
  static final String ROW_UPDATES_DEFAULT = "dense";
  static final String ROWS = "rows";
  static final String MINIMUM_COUNT = "minimum-count";
  static final int MINIMUM_COUNT_DEFAULT = 1;
  static final String UNSEEN_EPOCHS = "unseen-epochs";
  static final int UNSEEN_EPOCHS_DEFAULT = 0;
  static final String CHECKPOINT_STEPS = "checkpoint-steps";
  static final int CHECKPOINT_STEPS_DEFAULT = 0;
  static final String SAMPLE_MEMORY = "sample-memory";
  static final String WARM_START = "warm-start";
  static final String STALL_TIMEOUT = "stall-timeout";
  static final Duration STALL_TIMEOUT_DEFAULT = Duration.ofMinutes(30);
  static final String SEED = "seed";
  static final String BATCH_SIZE = "batch-size";
  static final int BATCH_SIZE_DEFAULT = 1024;
  static final String MAX_EPOCHS = "max-epochs";
  static final int MAX_EPOCHS_DEFAULT = 20;
  static final String OPTIMIZER = "optimizer";
  static final String TYPE = "type";
  static final String OPTIMIZER_DEFAULT = "adam";
  static final String TABLE_L2 = "table-l2";
  static final String KIND = "kind";
  static final String KIND_DEFAULT = "full";
  static final String LAMBDA = "lambda";
  static final double LAMBDA_DEFAULT = 1e-6;
  static final String SCHEDULE = "schedule";
  static final String SCHEDULE_DEFAULT = "plateau";
  static final String FACTOR = "factor";
  static final double FACTOR_DEFAULT = 0.1;
  static final String MINIMUM = "minimum";
  static final double MINIMUM_DEFAULT = 1e-6;
  static final String EVERY = "every";
  static final int EVERY_DEFAULT = 1;
  static final String PATIENCE = "patience";
  static final int PATIENCE_DEFAULT = 2;
  static final String MINIMUM_IMPROVEMENT = "minimum-improvement";
  static final double MINIMUM_IMPROVEMENT_DEFAULT = 1e-6;
  static final String KEEP_CHECKPOINTS = "keep-checkpoints";
  static final int KEEP_CHECKPOINTS_DEFAULT = 3;
  static final String DOMINANCE = "dominance";

  /**
   * @param tasks names of the tasks
   */
  static TrainingConfiguration read(Section section, Collection<String> tasks) {
    OptimizerConfiguration optimizer;
    try (Section keys = section.section(OPTIMIZER)) {
      optimizer = OptimizerConfiguration.read(keys, tasks);
    }
    TableDecay decay;
    try (Section tables = section.section(TABLE_L2)) {
      String kind = tables.choice(KIND, KIND_DEFAULT, List.of("full", "touched", "none"));
      decay =
          new TableDecay(
              TableDecay.Kind.valueOf(kind.toUpperCase(Locale.ROOT)),
              tables.decimal(LAMBDA, LAMBDA_DEFAULT, 0, Double.MAX_VALUE));
    }
    String schedule;
    double factor;
    double minimum;
    int every;
    try (Section rates = section.section(SCHEDULE)) {
      schedule = rates.choice(TYPE, SCHEDULE_DEFAULT, List.of("constant", "step", "plateau"));
      factor = rates.decimal(FACTOR, FACTOR_DEFAULT, 1e-12, 1);
      minimum = rates.decimal(MINIMUM, MINIMUM_DEFAULT, 0, 100);
      every = rates.integer(EVERY, EVERY_DEFAULT, 1);
    }
    RowLifetime lifetime;
    try (Section rows = section.section(ROWS)) {
      lifetime =
          new RowLifetime(
              rows.integer(MINIMUM_COUNT, MINIMUM_COUNT_DEFAULT, 1),
              rows.integer(UNSEEN_EPOCHS, UNSEEN_EPOCHS_DEFAULT, 0));
    }
    DominanceConfiguration dominance;
    try (Section measured = section.section(DOMINANCE)) {
      dominance = DominanceConfiguration.read(measured);
    }
    return new TrainingConfiguration(
        section.choice(ROW_UPDATES, ROW_UPDATES_DEFAULT, List.of("dense", "lazy", "catch-up")),
        lifetime,
        section.integer(CHECKPOINT_STEPS, CHECKPOINT_STEPS_DEFAULT, 0),
        new SampleMemory(section.bytes(SAMPLE_MEMORY, SampleMemory.UNBOUNDED.bytes())),
        section.optionalText(WARM_START).filter(folder -> !folder.isBlank()),
        section.duration(STALL_TIMEOUT, STALL_TIMEOUT_DEFAULT),
        section.has(SEED)
            ? OptionalLong.of(section.whole(SEED, 0, 0, Long.MAX_VALUE))
            : OptionalLong.empty(),
        section.integer(BATCH_SIZE, BATCH_SIZE_DEFAULT, 1),
        section.integer(MAX_EPOCHS, MAX_EPOCHS_DEFAULT, 1),
        optimizer,
        LossConfiguration.read(section, tasks, optimizer.perTask()),
        decay,
        schedule,
        factor,
        minimum,
        every,
        section.integer(PATIENCE, PATIENCE_DEFAULT, 1),
        section.decimal(MINIMUM_IMPROVEMENT, MINIMUM_IMPROVEMENT_DEFAULT, 0, 1),
        section.integer(KEEP_CHECKPOINTS, KEEP_CHECKPOINTS_DEFAULT, 1),
        dominance);
  }
}

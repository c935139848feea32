package io.taskweave.engine.sharded;

import io.taskweave.core.dominance.MeasuredGroups;
import io.taskweave.core.dominance.ShareSummary;
import io.taskweave.engine.training.Burst;
import io.taskweave.engine.training.DominanceReport;
import io.taskweave.engine.training.StepProperties;
import java.util.Arrays;
import java.util.List;

/**
 * What one executor measures of a training: which task moves what. Every step is measured where the
 * tasks' gradients are kept apart, and else the steps of a burst, whose batches go through the
 * model once more for each task but the last.
 */
final class StepMeter {
  private final ShardedPlan plan;
  private final Burst burst;
  private final boolean always;
  private final MeasuredGroups groups;
  private final DenseMeter dense;
  private final List<RowShard> shards;
  private boolean started;
  private boolean probes;
  private long counted;
  private int steps;

  /**
   * @param stepsDone steps of the training that are finished
   */
  StepMeter(
      ShardedPlan plan, Burst burst, DenseMeter dense, List<RowShard> shards, long stepsDone) {
    this.plan = plan;
    this.burst = burst;
    this.always = plan.training().alwaysMeasured();
    this.groups = MeasuredGroups.of(plan.parameters());
    this.dense = dense;
    this.shards = shards;
    shards.forEach(RowShard::measure);
    if (always) {
      start(stepsDone + 1);
    }
  }

  private void start(long firstCounted) {
    started = true;
    counted = firstCounted;
    steps = 0;
    dense.start();
    shards.forEach(shard -> shard.startMeters(firstCounted));
  }

  /** Before the passes of a step. */
  void begin(StepProperties step) {
    int place = burst.place(step.stepInEpoch());
    probes = !always && place >= 0;
    if (probes && !started) {
      start(step.step() + burst.warmUp(place));
    }
    if ((probes || always) && counts(step.step())) {
      steps++;
    }
  }

  private boolean counts(long step) {
    return step >= counted;
  }

  /** Whether the present step's batch goes through the model once more for each task but one. */
  boolean probes() {
    return probes;
  }

  /** Whether the meter must look at the present step, because tasks take it together. */
  boolean observes() {
    return probes || (always && !plan.perTask());
  }

  DenseMeter dense() {
    return dense;
  }

  /** After the dense weights of a probed step have moved. */
  void observeDense(float factor, float[] squares, double rate, long step) {
    dense.observe(factor, squares, rate, step, counts(step));
  }

  /** At the end of an epoch. */
  DominanceReport.Part part(int step) {
    ShareSummary[] summaries = new ShareSummary[groups.names().size()];
    Arrays.setAll(summaries, group -> new ShareSummary(plan.tasks()));
    if (started) {
      dense.addTo(groups.names(), summaries);
      shards.forEach(shard -> shard.addTo(groups, summaries, step));
    }
    started = always;
    return new DominanceReport.Part(steps, summaries);
  }
}

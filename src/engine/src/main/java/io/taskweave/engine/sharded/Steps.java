package io.taskweave.engine.sharded;

import io.taskweave.engine.training.StepProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Many steps in one job. A step has two phases, three with clipping or PCGrad, since norms and
 * products are ones over all executors; at the end of each, executors wait for what the others
 * send. In the first all go forward and backward and look at the next batch, in the second each
 * updates what it owns and gives out the rows that the next batch reads. So these have seen all
 * updates before. One executor alone has nothing to wait for and no need to look ahead.
 */
final class Steps {
  private final ExecutorJobs jobs;
  private final ShardedPlan plan;

  Steps(ExecutorJobs jobs, ShardedPlan plan) {
    this.jobs = jobs;
    this.plan = plan;
  }

  /**
   * Runs consecutive steps.
   *
   * @param steps the next ones
   * @param after the step that follows them, if it is sure to and its batch is known
   */
  List<StepResult> run(List<StepProperties> steps, Optional<StepProperties> after) {
    long start = System.nanoTime();
    DenseExchange exchange = jobs.exchange();
    boolean looksAhead = plan.executors() > 1;
    StepProperties last = after.orElse(null);
    List<ArrayList<StepPart>> parts =
        jobs.runTogether(
            steps.get(0).step() - 1,
            (state, meeting) -> {
              ArrayList<StepPart> done = new ArrayList<>();
              for (int i = 0; i < steps.size(); i++) {
                StepProperties next = i + 1 < steps.size() ? steps.get(i + 1) : last;
                done.add(run(state, steps.get(i), looksAhead ? next : null, meeting, exchange));
              }
              return done;
            });
    double seconds = (System.nanoTime() - start) * 1e-9;
    List<StepResult> results = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      int step = i;
      StepResult result = StepResult.of(parts.stream().map(part -> part.get(step)).toList());
      results.add(result);
      seconds -= result.seconds();
    }
    double share = Math.max(0, seconds) / steps.size();
    results.replaceAll(result -> result.withShare(share));
    return results;
  }

  /**
   * @param next whose rows are given out as soon as they are updated; null to leave that to it
   */
  private static StepPart run(
      ExecutorState state,
      StepProperties step,
      StepProperties next,
      Meeting meeting,
      DenseExchange exchange) {
    long start = System.nanoTime();
    if (!state.hasServed(step.step())) {
      state.begin(step);
      meeting.await();
      state.serve(step.step());
      meeting.await();
    }
    double[][] losses = state.compute(step, exchange);
    if (next != null) {
      state.begin(next);
    }
    meeting.await();
    state.merge(step.step(), exchange);
    state.update(step, transform(state, step, meeting), exchange);
    if (next != null) {
      state.serve(next.step());
    }
    meeting.await();
    return new StepPart(losses, state.sharedSquares().clone(), (System.nanoTime() - start) * 1e-9);
  }

  private static GradientTransform transform(
      ExecutorState state, StepProperties step, Meeting meeting) {
    ShardedPlan plan = state.plan();
    if (!plan.transforms()) {
      return plan.untransformed();
    }
    StepProducts products = plan.products();
    meeting.exchange(state.products()).forEach(products::add);
    return plan.transform(products, step.step());
  }
}

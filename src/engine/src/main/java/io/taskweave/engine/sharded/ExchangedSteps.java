package io.taskweave.engine.sharded;

import io.taskweave.engine.training.StepProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Two jobs a step: in the first all executors go forward and backward and look at the next batch,
 * in the second each updates what it owns and gives out the rows that the next batch reads. So
 * these have seen all updates before. Clipping and PCGrad need a third job in between, since norms
 * and products are ones over all executors.
 */
final class ExchangedSteps implements Steps {
  private final ExecutorJobs jobs;
  private final ShardedPlan plan;
  private long served;

  ExchangedSteps(ExecutorJobs jobs, ShardedPlan plan) {
    this.jobs = jobs;
    this.plan = plan;
  }

  @Override
  public List<StepResult> run(List<StepProperties> steps, Optional<StepProperties> after) {
    List<StepResult> results = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      StepProperties next = i + 1 < steps.size() ? steps.get(i + 1) : after.orElse(null);
      results.add(run(steps.get(i), next));
    }
    return results;
  }

  private StepResult run(StepProperties step, StepProperties next) {
    long start = System.nanoTime();
    if (served != step.step()) {
      lookAt(step);
    }
    List<double[][]> losses = compute(step, next);
    boolean transforms = plan.transforms();
    GradientTransform transform = transforms ? transform(step) : plan.untransformed();
    List<double[]> squares = update(step, next, transform, transforms);
    served = next == null ? 0 : next.step();
    return StepResult.of(losses, squares, (System.nanoTime() - start) * 1e-9);
  }

  /** Where no step before could look ahead. */
  private void lookAt(StepProperties step) {
    long finished = step.step() - 1;
    jobs.run(
        finished,
        (state, samples) -> {
          state.begin(samples, step);
          return true;
        });
    jobs.run(
        finished,
        (state, samples) -> {
          state.serve(finished + 1);
          return true;
        });
  }

  private List<double[][]> compute(StepProperties step, StepProperties next) {
    DenseExchange exchange = jobs.exchange();
    return jobs.run(
        step.step() - 1,
        (state, samples) -> {
          double[][] losses = state.compute(step, exchange);
          if (next != null) {
            state.begin(samples, next);
          }
          return losses;
        });
  }

  private GradientTransform transform(StepProperties step) {
    DenseExchange exchange = jobs.exchange();
    StepProducts products = plan.products();
    jobs.run(
            step.step() - 1,
            (state, samples) -> {
              state.merge(step.step(), exchange);
              return state.products();
            })
        .forEach(products::add);
    return plan.transform(products, step.step());
  }

  private List<double[]> update(
      StepProperties step, StepProperties next, GradientTransform transform, boolean merged) {
    DenseExchange exchange = jobs.exchange();
    return jobs.run(
        step.step() - 1,
        (state, samples) -> {
          if (!merged) {
            state.merge(step.step(), exchange);
          }
          state.update(step, transform, exchange);
          if (next != null) {
            state.serve(next.step());
          }
          return state.sharedSquares();
        });
  }
}

package io.taskweave.engine.sharded;

import io.taskweave.engine.training.SampleChunks;
import io.taskweave.engine.training.StepProperties;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Many steps in one job, where one executor holds everything. */
final class JoinedSteps implements Steps {
  private final ExecutorJobs jobs;

  JoinedSteps(ExecutorJobs jobs) {
    this.jobs = jobs;
  }

  @Override
  public List<StepResult> run(List<StepProperties> steps, Optional<StepProperties> after) {
    DenseExchange exchange = jobs.exchange();
    return jobs.run(
            steps.get(0).step() - 1,
            (state, samples) -> {
              ArrayList<StepResult> results = new ArrayList<>();
              for (StepProperties step : steps) {
                results.add(run(state, samples, step, exchange));
              }
              return results;
            })
        .get(0);
  }

  private static StepResult run(
      ExecutorState state, SampleChunks samples, StepProperties step, DenseExchange exchange) {
    long start = System.nanoTime();
    double[][] losses = state.step(samples, step, exchange);
    return StepResult.of(
        List.<double[][]>of(losses),
        List.of(state.sharedSquares()),
        (System.nanoTime() - start) * 1e-9);
  }
}

package io.taskweave.core.weighting;

/** The weight of each task's loss in the sum, from step to step. */
public interface LossWeights {
  /** Weights of the next step. */
  double[] current();

  /** Takes in a step that was made with the current weights. */
  void observe(StepLosses step);

  /** What a later training needs to go on from here; empty where the weights never change. */
  double[] state();
}

package io.taskweave.core.model;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.layer.Activation;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/** A shape of tables, gated experts and towers. What reads what is all that sets them apart. */
interface GatedSpec extends ModelSpec {
  /** Hidden widths of an expert, each followed by ReLU. */
  List<Integer> expertLayers();

  /** Hidden widths of a gate; a linear map to one logit an expert follows. */
  List<Integer> gateLayers();

  List<Integer> towerLayers();

  double dropout();

  GatingPlan plan(List<String> tasks);

  @Override
  default void requireTasks(List<String> tasks) {
    plan(tasks);
  }

  @Override
  default MultiTaskModel create(SampleLayout samples, Blas blas) {
    return create(samples, blas, plan(samples.tasks()));
  }

  /** A model with another plan than the type's. */
  default MultiTaskModel create(SampleLayout samples, Blas blas, GatingPlan plan) {
    return new TowerModel(
        samples,
        blas,
        registry -> new GatedExperts(registry, samples, this, plan),
        LogitLink.IDENTITY,
        towerLayers(),
        Activation.RELU,
        dropout());
  }
}

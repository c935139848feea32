package io.taskweave.core.model;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.layer.Activation;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/** A shape of tables, bottoms and towers, one after the other. */
interface BottomSpec extends ModelSpec {
  /** Hidden widths of a bottom, each followed by ReLU. */
  List<Integer> bottomLayers();

  List<Integer> towerLayers();

  double dropout();

  Trunk trunk(ParameterRegistry registry, SampleLayout samples);

  /** From the towers' outputs to the tasks' logits. */
  default LogitLink link() {
    return LogitLink.IDENTITY;
  }

  @Override
  default MultiTaskModel create(SampleLayout samples, Blas blas) {
    requireTasks(samples.tasks());
    return new TowerModel(
        samples,
        blas,
        registry -> trunk(registry, samples),
        link(),
        towerLayers(),
        Activation.RELU,
        dropout());
  }
}

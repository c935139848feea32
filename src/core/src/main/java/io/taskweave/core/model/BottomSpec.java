package io.taskweave.core.model;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/** A shape of tables, a bottom and towers, one after the other. */
sealed interface BottomSpec extends ModelSpec permits SharedBottomSpec, SingleTaskSpec {
  /** Whether tables and bottom serve all tasks, or one each. */
  boolean shared();

  EmbeddingSpec embedding();

  List<Integer> bottomLayers();

  List<Integer> towerLayers();

  double dropout();

  @Override
  default MultiTaskModel create(SampleLayout samples, Blas blas) {
    return new TowerModel(
        samples, blas, registry -> new Bottoms(registry, this, samples), towerLayers(), dropout());
  }
}

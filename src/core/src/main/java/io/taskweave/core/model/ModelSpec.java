package io.taskweave.core.model;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.sample.SampleLayout;
import java.io.Serializable;

/** Everything that decides a model's shape, beside the layout of its samples. */
public sealed interface ModelSpec extends Serializable permits StemNetSpec, BottomSpec {
  /** Name in configurations and files. */
  String type();

  /** A model that computes its products with the given library. */
  MultiTaskModel create(SampleLayout samples, Blas blas);

  /** A model that computes its products with the library of this process. */
  default MultiTaskModel create(SampleLayout samples) {
    return create(samples, BlasFactory.instance());
  }
}

package io.taskweave.core.model;

import io.taskweave.core.sample.SampleLayout;
import java.io.Serializable;

/** Everything that decides a model's shape, beside the layout of its samples. */
public sealed interface ModelSpec extends Serializable
    permits StemNetSpec, SharedBottomSpec, SingleTaskSpec {
  /** Name in configurations and files. */
  String type();

  MultiTaskModel create(SampleLayout samples);
}

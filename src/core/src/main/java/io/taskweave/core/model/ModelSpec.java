package io.taskweave.core.model;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.blas.BlasFactory;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.sample.SampleLayout;
import java.io.Serializable;
import java.util.List;

/**
 * Everything that decides a model's shape, beside the layout of its samples: a record, whose
 * components are the model's part of a model file.
 */
public interface ModelSpec extends Serializable {
  /** Name in configurations and files. */
  default String type() {
    return ModelType.of(this).key();
  }

  /** Tables, and how sequences become inputs. */
  EmbeddingSpec embedding();

  /**
   * Checks that the model can serve these tasks.
   *
   * @throws ConfigurationException if it cannot
   */
  default void requireTasks(List<String> tasks) {}

  /**
   * Whether a positive label of a task must imply one of the task before: see {@link Funnel}, which
   * checks samples.
   */
  default boolean assumesFunnel() {
    return false;
  }

  /**
   * A model that computes its products with the given library.
   *
   * @throws ConfigurationException if the model cannot serve these tasks
   */
  MultiTaskModel create(SampleLayout samples, Blas blas);

  /** A model that computes its products with the library of this process. */
  default MultiTaskModel create(SampleLayout samples) {
    return create(samples, BlasFactory.instance());
  }
}

package io.taskweave.core.layer;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What a model's layers are built with: it collects their parameters, whose indices they keep, and
 * hands out the library for their products.
 */
public final class ParameterRegistry {
  private final List<Parameter> parameters = new ArrayList<>();
  private final Blas blas;

  public ParameterRegistry(Blas blas) {
    this.blas = blas;
  }

  /** The library for products. */
  public Blas blas() {
    return blas;
  }

  /** Adds a table and returns its index. */
  public int tableOfIds(
      String name, String ids, int rows, int width, BitSet tasks, Initialization initialization) {
    return add(Parameter.tableOfIds(name, ids, rows, width, tasks, initialization));
  }

  /** Adds a weight or bias and returns its index. */
  public int dense(String name, BitSet tasks, Initialization initialization, int... shape) {
    return add(Parameter.dense(name, shape, tasks, initialization));
  }

  private int add(Parameter parameter) {
    parameters.add(parameter);
    return parameters.size() - 1;
  }

  public ParameterLayout layout() {
    return new ParameterLayout(parameters);
  }
}

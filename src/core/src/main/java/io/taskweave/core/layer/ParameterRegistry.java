package io.taskweave.core.layer;

import io.taskweave.core.parameter.Initialization;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Collects the parameters of a model while its layers are built; a layer keeps their indices. */
public final class ParameterRegistry {
  private final List<Parameter> parameters = new ArrayList<>();

  int table(String name, int rows, int width, BitSet tasks, Initialization initialization) {
    return add(Parameter.table(name, rows, width, tasks, initialization));
  }

  int dense(String name, BitSet tasks, Initialization initialization, int... shape) {
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

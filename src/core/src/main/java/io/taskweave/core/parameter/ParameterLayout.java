package io.taskweave.core.parameter;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The parameters of a model in their fixed order, and their places in one flat array that holds
 * them without gaps.
 */
public final class ParameterLayout {
  private final List<Parameter> parameters;
  private final int[] offsets;
  private final Map<String, Integer> indices = new HashMap<>();

  public ParameterLayout(List<Parameter> parameters) {
    this.parameters = List.copyOf(parameters);
    this.offsets = new int[this.parameters.size() + 1];
    for (int i = 0; i < this.parameters.size(); i++) {
      Parameter parameter = this.parameters.get(i);
      offsets[i + 1] = Math.addExact(offsets[i], parameter.size());
      if (indices.put(parameter.name(), i) != null) {
        throw new IllegalArgumentException(
            "Cannot lay out parameters: name twice (" + parameter.name() + ")");
      }
    }
  }

  public List<Parameter> parameters() {
    return parameters;
  }

  public int count() {
    return parameters.size();
  }

  public Parameter get(int index) {
    return parameters.get(index);
  }

  public int indexOf(String name) {
    Integer index = indices.get(name);
    if (index == null) {
      throw new IllegalArgumentException("Cannot find a parameter: no such name (" + name + ")");
    }
    return index;
  }

  /** First element of a parameter in the flat array. */
  public int offset(int index) {
    return offsets[index];
  }

  /** Elements of all parameters. */
  public int size() {
    return offsets[offsets.length - 1];
  }

  /** A flat array with the initial values. */
  public float[] initialValues(long seed) {
    float[] values = new float[size()];
    for (int i = 0; i < count(); i++) {
      get(i).initialize(seed, values, offset(i));
    }
    return values;
  }
}

package io.taskweave.core.model;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.sample.SampleLayout;
import java.util.BitSet;
import java.util.List;

/**
 * Shape of the entire space model (ESMM; Ma et al., SIGIR 2018) for two tasks of which the second
 * implies the first, as a purchase implies a click: one network gives the probability p of the
 * first, another that of the second where the first is given, q; both read the same tables. The
 * tasks' probabilities are p and p q, both learned from all samples.
 *
 * @param embedding width and initial values of every table
 * @param bottomLayers first hidden widths of either network, each followed by ReLU
 * @param towerLayers its further hidden widths; a linear map to one logit follows
 * @param dropout probability in [0, 1) of zeroing a hidden unit
 */
public record EsmmSpec(
    EmbeddingSpec embedding, List<Integer> bottomLayers, List<Integer> towerLayers, double dropout)
    implements BottomSpec {
  public EsmmSpec {
    bottomLayers = ShapeCheck.widths("bottom-layers", bottomLayers);
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  static EsmmSpec of(ModelOptions options) {
    return new EsmmSpec(
        options.embedding(), options.bottomLayers(), options.towerLayers(), options.dropout());
  }

  @Override
  public void requireTasks(List<String> tasks) {
    if (tasks.size() != 2) {
      throw new ConfigurationException(
          "Cannot build a model: esmm serves two tasks ("
              + tasks
              + "), name the one that comes first and the one that implies it");
    }
  }

  @Override
  public boolean assumesFunnel() {
    return true;
  }

  @Override
  public Trunk trunk(ParameterRegistry registry, SampleLayout samples) {
    BitSet both = new BitSet();
    both.set(0, 2);
    BitSet second = new BitSet();
    second.set(1);
    return Bottoms.overSharedTables(registry, this, samples, List.of(both, second));
  }

  @Override
  public LogitLink link() {
    return new EntireSpaceLink();
  }
}

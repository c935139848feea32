package io.taskweave.core.model;

import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/**
 * Shape of the single-task models: for each task tables, a bottom and a tower of its own, which
 * share nothing.
 *
 * @param embedding width and initial values of every table
 * @param bottomLayers hidden widths of each bottom, each followed by ReLU
 * @param towerLayers hidden widths of each tower; a linear map to one logit follows
 * @param dropout probability in [0, 1) of zeroing a hidden unit, in every MLP
 */
public record SingleTaskSpec(
    EmbeddingSpec embedding, List<Integer> bottomLayers, List<Integer> towerLayers, double dropout)
    implements BottomSpec {
  public SingleTaskSpec {
    bottomLayers = ShapeCheck.widths("bottom-layers", bottomLayers);
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  static SingleTaskSpec of(ModelOptions options) {
    return new SingleTaskSpec(
        options.embedding(), options.bottomLayers(), options.towerLayers(), options.dropout());
  }

  @Override
  public Trunk trunk(ParameterRegistry registry, SampleLayout samples) {
    return Bottoms.apart(registry, this, samples);
  }
}

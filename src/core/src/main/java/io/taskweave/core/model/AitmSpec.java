package io.taskweave.core.model;

import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/**
 * Shape of adaptive information transfer (AITM; Xi et al., KDD 2021): a bottom for each task over
 * shared tables, and from each task to the next, in their order, a linear map whose result competes
 * with the next task's bottom in attention. So the losses of all later tasks reach a bottom. The
 * paper's loss term that calibrates the order of the tasks' probabilities is left out.
 *
 * @param embedding width and initial values of every table
 * @param bottomLayers hidden widths of each bottom, each followed by ReLU
 * @param towerLayers hidden widths of each tower; a linear map to one logit follows
 * @param dropout probability in [0, 1) of zeroing a hidden unit, in bottoms and towers
 */
public record AitmSpec(
    EmbeddingSpec embedding, List<Integer> bottomLayers, List<Integer> towerLayers, double dropout)
    implements BottomSpec {
  public AitmSpec {
    bottomLayers = ShapeCheck.widths("bottom-layers", bottomLayers);
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  static AitmSpec of(ModelOptions options) {
    return new AitmSpec(
        options.embedding(), options.bottomLayers(), options.towerLayers(), options.dropout());
  }

  @Override
  public Trunk trunk(ParameterRegistry registry, SampleLayout samples) {
    return new TransferChain(registry, this, samples);
  }
}

package io.taskweave.core.model;

import io.taskweave.core.layer.ParameterRegistry;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/**
 * Shape of the shared-bottom model (Caruana, 1997): one table a field, one bottom, a tower a task.
 *
 * @param embedding width and initial values of every table
 * @param bottomLayers hidden widths of the bottom, each followed by ReLU
 * @param towerLayers hidden widths of each tower; a linear map to one logit follows
 * @param dropout probability in [0, 1) of zeroing a hidden unit, in every MLP
 */
public record SharedBottomSpec(
    EmbeddingSpec embedding, List<Integer> bottomLayers, List<Integer> towerLayers, double dropout)
    implements BottomSpec {
  public SharedBottomSpec {
    bottomLayers = ShapeCheck.widths("bottom-layers", bottomLayers);
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  static SharedBottomSpec of(ModelOptions options) {
    return new SharedBottomSpec(
        options.embedding(), options.bottomLayers(), options.towerLayers(), options.dropout());
  }

  @Override
  public Trunk trunk(ParameterRegistry registry, SampleLayout samples) {
    return Bottoms.shared(registry, this, samples);
  }
}

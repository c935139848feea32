package io.taskweave.core.model;

import java.util.List;

/**
 * Shape of the shared-bottom model: one table a field, one bottom, a tower a task.
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
  public boolean shared() {
    return true;
  }
}

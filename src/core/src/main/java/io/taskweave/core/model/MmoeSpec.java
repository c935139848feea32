package io.taskweave.core.model;

import java.util.List;

/**
 * Shape of multi-gate mixture of experts (Ma et al., KDD 2018): shared experts, and for each task a
 * gate of its own over all of them.
 *
 * @param embedding width and initial values of every table
 * @param separateTables whether there are as many tables a field as STEM-Net has, one more than
 *     tasks, which the experts take turns in reading; a gate then looks at their sum. So equal
 *     {@code embedding} means equal width in all
 * @param experts number of experts; at least as many as tables a field
 * @param expertLayers hidden widths of an expert, each followed by ReLU
 * @param gateLayers hidden widths of a gate; a linear map to one logit an expert follows
 * @param towerLayers hidden widths of each tower; a linear map to one logit follows
 * @param dropout probability in [0, 1) of zeroing a hidden unit, in every MLP
 */
public record MmoeSpec(
    EmbeddingSpec embedding,
    boolean separateTables,
    int experts,
    List<Integer> expertLayers,
    List<Integer> gateLayers,
    List<Integer> towerLayers,
    double dropout)
    implements GatedSpec {
  public MmoeSpec {
    ShapeCheck.positive("shared-experts", experts);
    expertLayers = ShapeCheck.widths("expert-layers", expertLayers);
    gateLayers = ShapeCheck.anyWidths("gate-layers", gateLayers);
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  static MmoeSpec of(ModelOptions options) {
    return new MmoeSpec(
        options.embedding(),
        options.separateTables(),
        options.sharedExperts(),
        options.expertLayers(),
        options.gateLayers(),
        options.towerLayers(),
        options.dropout());
  }

  @Override
  public GatingPlan plan(List<String> tasks) {
    return GatingPlan.ofOneMixture(
        tasks, separateTables, experts, tasks.stream().map(task -> "task-" + task).toList());
  }
}

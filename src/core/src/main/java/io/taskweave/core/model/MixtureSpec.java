package io.taskweave.core.model;

import java.util.List;

/**
 * Shape of gated mixtures of experts (Ma et al., KDD 2018): experts that all tasks share, and over
 * all of them a gate for each task (MMoE), or one gate for all tasks (OMoE).
 *
 * @param oneGate whether all tasks have one gate: OMoE
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
public record MixtureSpec(
    boolean oneGate,
    EmbeddingSpec embedding,
    boolean separateTables,
    int experts,
    List<Integer> expertLayers,
    List<Integer> gateLayers,
    List<Integer> towerLayers,
    double dropout)
    implements GatedSpec {
  public MixtureSpec {
    ShapeCheck.positive("shared-experts", experts);
    expertLayers = ShapeCheck.widths("expert-layers", expertLayers);
    gateLayers = ShapeCheck.anyWidths("gate-layers", gateLayers);
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  static MixtureSpec mmoe(ModelOptions options) {
    return of(options, false);
  }

  static MixtureSpec omoe(ModelOptions options) {
    return of(options, true);
  }

  private static MixtureSpec of(ModelOptions options, boolean oneGate) {
    return new MixtureSpec(
        oneGate,
        options.embedding(),
        options.separateTables(),
        options.sharedExperts(),
        options.expertLayers(),
        options.gateLayers(),
        options.towerLayers(),
        options.dropout());
  }

  @Override
  public String type() {
    return (oneGate ? ModelType.OMOE : ModelType.MMOE).key();
  }

  @Override
  public GatingPlan plan(List<String> tasks) {
    List<String> gates =
        oneGate ? List.of("shared") : tasks.stream().map(task -> "task-" + task).toList();
    return GatingPlan.ofOneMixture(tasks, separateTables, experts, gates);
  }
}

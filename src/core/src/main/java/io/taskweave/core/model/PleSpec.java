package io.taskweave.core.model;

import java.util.List;

/**
 * Shape of progressive layered extraction (Tang et al., RecSys 2020): a task's gate mixes its own
 * and the shared experts; between layers a shared gate makes the next layer's shared input.
 *
 * @param embedding width and initial values of every table
 * @param separateTables whether each task and the shared experts have tables of their own, as those
 *     of STEM-Net, or all read the same
 * @param layers stacked layers
 * @param sharedExperts shared experts a layer
 * @param specificExperts experts of each task a layer
 * @param expertLayers hidden widths of an expert, each followed by ReLU
 * @param gateLayers hidden widths of a gate; a linear map to one logit an expert follows
 * @param towerLayers hidden widths of each tower; a linear map to one logit follows
 * @param dropout probability in [0, 1) of zeroing a hidden unit, in every MLP
 * @param sharedGate what the shared gate mixes
 */
public record PleSpec(
    EmbeddingSpec embedding,
    boolean separateTables,
    int layers,
    int sharedExperts,
    int specificExperts,
    List<Integer> expertLayers,
    List<Integer> gateLayers,
    List<Integer> towerLayers,
    double dropout,
    SharedGate sharedGate)
    implements GatedSpec {
  public PleSpec {
    ShapeCheck.positive("layers", layers);
    ShapeCheck.positive("shared-experts", sharedExperts);
    ShapeCheck.positive("specific-experts", specificExperts);
    expertLayers = ShapeCheck.widths("expert-layers", expertLayers);
    gateLayers = ShapeCheck.anyWidths("gate-layers", gateLayers);
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  static PleSpec of(ModelOptions options) {
    return new PleSpec(
        options.embedding(),
        options.separateTables(),
        options.layers(),
        options.sharedExperts(),
        options.specificExperts(),
        options.expertLayers(),
        options.gateLayers(),
        options.towerLayers(),
        options.dropout(),
        options.sharedGate());
  }

  @Override
  public GatingPlan plan(List<String> tasks) {
    int shared = tasks.size();
    return GatingPlan.ofTasksAndShared(
        tasks,
        separateTables,
        layers,
        specificExperts,
        sharedExperts,
        new GatingPlan.Rule() {
          @Override
          public boolean looksAt(int gate, int view) {
            return view == gate;
          }

          @Override
          public boolean reads(int gate, int view) {
            return view == shared
                || view == gate
                || (gate == shared && sharedGate == SharedGate.ALL_EXPERTS);
          }

          @Override
          public boolean passes(int gate, int view) {
            return true;
          }
        });
  }
}

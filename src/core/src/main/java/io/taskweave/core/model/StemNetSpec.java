package io.taskweave.core.model;

import java.util.List;

/**
 * Shape of STEM-Net (Su et al., AAAI 2024): tables for each task and shared ones, experts over
 * both, and gates that read every expert but send gradients only to their own task's and the shared
 * ones.
 *
 * @param embedding width and initial values of every table
 * @param layers stacked gating layers; 1 in the published configurations
 * @param sharedExperts shared experts a layer
 * @param specificExperts experts of each task a layer
 * @param expertLayers hidden widths of an expert, each followed by ReLU
 * @param gateLayers hidden widths of a gate; a linear map to one logit an expert follows
 * @param towerLayers hidden widths of each tower; a linear map to one logit follows
 * @param dropout probability in [0, 1) of zeroing a hidden unit, in every MLP
 * @param gateInput what a task gate looks at
 * @param strictStop with several layers: whether the shared gate, too, reads task experts without a
 *     gradient, so that no loss reaches another task's tables
 */
public record StemNetSpec(
    EmbeddingSpec embedding,
    int layers,
    int sharedExperts,
    int specificExperts,
    List<Integer> expertLayers,
    List<Integer> gateLayers,
    List<Integer> towerLayers,
    double dropout,
    GateInput gateInput,
    boolean strictStop)
    implements GatedSpec {
  public StemNetSpec {
    ShapeCheck.positive("layers", layers);
    ShapeCheck.positive("shared-experts", sharedExperts);
    ShapeCheck.positive("specific-experts", specificExperts);
    expertLayers = ShapeCheck.widths("expert-layers", expertLayers);
    gateLayers = ShapeCheck.anyWidths("gate-layers", gateLayers);
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  static StemNetSpec of(ModelOptions options) {
    return new StemNetSpec(
        options.embedding(),
        options.layers(),
        options.sharedExperts(),
        options.specificExperts(),
        options.expertLayers(),
        options.gateLayers(),
        options.towerLayers(),
        options.dropout(),
        options.gateInput(),
        options.strictStop());
  }

  @Override
  public GatingPlan plan(List<String> tasks) {
    int shared = tasks.size();
    return GatingPlan.ofTasksAndShared(
        tasks,
        true,
        layers,
        specificExperts,
        sharedExperts,
        new GatingPlan.Rule() {
          @Override
          public boolean looksAt(int gate, int view) {
            return view == gate || (view == shared && gateInput == GateInput.OWN_PLUS_SHARED);
          }

          @Override
          public boolean reads(int gate, int view) {
            return true;
          }

          @Override
          public boolean passes(int gate, int view) {
            return view == shared || view == gate || (gate == shared && !strictStop);
          }
        });
  }
}

package io.taskweave.core.model;

import io.taskweave.core.blas.Blas;
import io.taskweave.core.sample.SampleLayout;
import java.util.List;

/**
 * Shape of STEM-Net (Su et al., AAAI 2024).
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
    implements ModelSpec {
  public static final String TYPE = "stem-net";

  public StemNetSpec {
    ShapeCheck.positive("layers", layers);
    ShapeCheck.positive("shared-experts", sharedExperts);
    ShapeCheck.positive("specific-experts", specificExperts);
    expertLayers = ShapeCheck.widths("expert-layers", expertLayers);
    gateLayers = ShapeCheck.anyWidths("gate-layers", gateLayers);
    towerLayers = ShapeCheck.anyWidths("tower-layers", towerLayers);
    ShapeCheck.dropout(dropout);
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public MultiTaskModel create(SampleLayout samples, Blas blas) {
    return create(samples, blas, true);
  }

  /**
   * @param stopGradient false lets gradients through everywhere, which is another model: it shows
   *     that the tests of the stops can fail
   */
  MultiTaskModel create(SampleLayout samples, Blas blas, boolean stopGradient) {
    GatingReach reach = new GatingReach(samples.tasks().size(), strictStop, stopGradient);
    return new TowerModel(
        samples,
        blas,
        registry -> new StemNet(registry, this, samples, reach),
        towerLayers,
        dropout);
  }
}
